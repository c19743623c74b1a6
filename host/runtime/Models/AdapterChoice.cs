using System.Globalization;

namespace Tenon.Host.Models;

/// <summary>An adapter to apply to a model.</summary>
/// <param name="Folder">Its folder.</param>
/// <param name="Factor">Scale of its addition to the model's weights; 1 as trained.</param>
public sealed record AdapterChoice(string Folder, double Factor = 1)
{
    /// <summary>Parses user input: <c>runs/poems</c> or <c>runs/poems:0.5</c>.</summary>
    /// <param name="text">A folder, optionally followed by a colon and the scale.</param>
    public static AdapterChoice Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        int colon = text.LastIndexOf(':');
        return colon > 0 && double.TryParse(text[(colon + 1)..], NumberStyles.Float, CultureInfo.InvariantCulture, out double factor)
            && double.IsFinite(factor)
            ? new AdapterChoice(text[..colon], factor)
            : new AdapterChoice(text);
    }
}
