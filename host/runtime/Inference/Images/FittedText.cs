using SkiaSharp;

namespace Tenon.Host.Inference.Images;

/// <summary>Shortens text in images to fit the available space.</summary>
internal static class FittedText
{
    private const string Omitted = "…";

    /// <summary>
    /// Returns a text on one line. If it is too wide, its middle is omitted, because names that begin alike often differ at the end.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <param name="font">Its font.</param>
    /// <param name="width">Available width in pixels.</param>
    public static string Of(string text, SKFont font, float width)
    {
        string line = string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));
        if (font.MeasureText(line) <= width)
            return line;
        int[] starts = [.. System.Globalization.StringInfo.ParseCombiningCharacters(line), line.Length];
        for (int kept = starts.Length - 2; kept > 0; kept--)
        {
            string shorter = line[..starts[(kept + 1) / 2]] + Omitted + line[starts[^(kept / 2 + 1)]..];
            if (font.MeasureText(shorter) <= width)
                return shorter;
        }

        return Omitted;
    }
}
