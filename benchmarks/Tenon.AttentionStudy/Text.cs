using System.Globalization;

namespace Tenon.AttentionStudy;

/// <summary>Formats results for tables.</summary>
internal static class Text
{
    /// <summary>A share in percent, with the standard deviation if it is not 0; empty if there is none.</summary>
    public static string Share((double Mean, double Deviation)? share) => share switch
    {
        null => "",
        (var mean, 0) => string.Create(CultureInfo.InvariantCulture, $"{100 * mean:F1}"),
        var (mean, deviation) => string.Create(CultureInfo.InvariantCulture, $"{100 * mean:F1} ± {100 * deviation:F1}"),
    };

    /// <summary>A time with three digits; empty if there is none.</summary>
    public static string Time(double? value) => value switch
    {
        null => "",
        >= 100 => value.Value.ToString("N0", CultureInfo.InvariantCulture),
        >= 10 => value.Value.ToString("F1", CultureInfo.InvariantCulture),
        _ => value.Value.ToString("F2", CultureInfo.InvariantCulture),
    };
}
