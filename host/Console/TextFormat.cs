using System.Globalization;

namespace Tenon.Cli.Console;

/// <summary>Formats numbers for people.</summary>
internal static class TextFormat
{
    private static readonly CultureInfo Culture = CultureInfo.InvariantCulture;

    /// <summary>Formats a loss with four decimal places.</summary>
    public static string Loss(double value) => value.ToString("F4", Culture);

    /// <summary>Formats a share as a percentage: <c>97.3 %</c>.</summary>
    public static string Share(double value) => value.ToString("0.0 %", Culture);

    /// <summary>Formats a share as a bar of up to 20 blocks, in steps of an eighth.</summary>
    public static string Bar(double share)
    {
        int eighths = (int)Math.Round(Math.Clamp(share, 0, 1) * 160);
        return new string('█', eighths / 8) + (eighths % 8 > 0 ? ((char)('█' + 8 - eighths % 8)).ToString() : "");
    }

    /// <summary>Formats a learning rate: <c>3.00e-04</c>.</summary>
    public static string Rate(double value) => value.ToString("0.00e+00", Culture);

    /// <summary>Formats a number with separators; one decimal place if it is small and not an integer.</summary>
    public static string Count(double value) => value.ToString(value is > 0 and < 10 && value != Math.Floor(value) ? "N1" : "N0", Culture);

    /// <summary>Formats a duration in its two largest units.</summary>
    public static string Time(TimeSpan time) => time switch
    {
        { TotalDays: >= 1 } => $"{(int)time.TotalDays} d {time.Hours} h",
        { TotalHours: >= 1 } => $"{time.Hours} h {time.Minutes:D2} min",
        { TotalMinutes: >= 1 } => $"{time.Minutes} min {time.Seconds:D2} s",
        { TotalSeconds: >= 10 } => $"{time.Seconds} s",
        _ => time.TotalSeconds.ToString("0.0 's'", Culture),
    };

    /// <summary>Returns a path relative to the working directory.</summary>
    public static string Relative(string path) => Path.GetRelativePath(Environment.CurrentDirectory, path);

    /// <summary>Joins parts with two spaces, in as few lines as their width allows. A part is never broken.</summary>
    /// <param name="parts">The parts; empty ones are omitted.</param>
    /// <param name="width">Maximum width of a line.</param>
    /// <param name="length">Width of a part.</param>
    public static IEnumerable<string> Lines(IEnumerable<string> parts, int width, Func<string, int> length)
    {
        const string Gap = "  ";
        string line = "";
        int used = 0;
        foreach (string part in parts.Where(part => part.Length > 0))
        {
            bool begins = used == 0 || used + Gap.Length + length(part) > width;
            if (begins && used > 0)
                yield return line;
            line = begins ? part : line + Gap + part;
            used = begins ? length(part) : used + Gap.Length + length(part);
        }

        if (used > 0)
            yield return line;
    }

    /// <summary>Formats bytes with a binary prefix.</summary>
    public static string Bytes(long bytes) => bytes switch
    {
        >= 1L << 30 => (bytes / (double)(1L << 30)).ToString("0.0 'GiB'", Culture),
        >= 1L << 20 => (bytes / (double)(1L << 20)).ToString("0 'MiB'", Culture),
        _ => (bytes / 1024.0).ToString("0 'KiB'", Culture),
    };
}
