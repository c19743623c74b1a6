using System.Globalization;

namespace Tenon.Host.Models;

/// <summary>An adapter that is to be in force on a model.</summary>
/// <param name="Folder">Its folder.</param>
/// <param name="Factor">Multiplies what it adds to the model's weights; 1: as it was trained.</param>
public sealed record AdapterChoice(string Folder, double Factor = 1)
{
    /// <summary>Reads what a person types: <c>runs/poems</c> or <c>runs/poems:0.5</c>.</summary>
    /// <param name="text">A folder, and behind a colon the factor.</param>
    public static AdapterChoice Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        int colon = text.LastIndexOf(':');
        return colon > 0 && double.TryParse(text[(colon + 1)..], NumberStyles.Float, CultureInfo.InvariantCulture, out double factor) && double.IsFinite(factor)
            ? new AdapterChoice(text[..colon], factor)
            : new AdapterChoice(text);
    }
}
