using System.Globalization;

namespace Tenon.Images.Tables;

/// <summary>The layout of a row.</summary>
/// <param name="LabelColumn">A name or a position (from the end if negative); empty for no labels.</param>
/// <param name="Height">Rows of an image; 0 for square images.</param>
/// <param name="Width">Columns of an image; 0 for square images.</param>
/// <param name="PixelMaximum">The value of white.</param>
internal sealed record CsvLayout(string LabelColumn, int Height, int Width, double PixelMaximum);

/// <summary>Grayscale images read from a table.</summary>
/// <param name="Pixels">The images.</param>
/// <param name="Labels">The class of each, or null.</param>
/// <param name="Height">Rows of an image.</param>
/// <param name="Width">Columns of an image.</param>
/// <param name="Brightest">The largest pixel value of each image.</param>
/// <param name="Lines">The line of each image.</param>
internal sealed record ImageRows(
    IReadOnlyList<ReadOnlyMemory<byte>> Pixels, string[]? Labels, int Height, int Width, IReadOnlyList<double> Brightest,
    IReadOnlyList<long> Lines);

/// <summary>Reads tables with one image per row: one column per pixel, and one for the label.</summary>
internal static class CsvImages
{
    /// <summary>Reads a table with or without a header; the separator is detected.</summary>
    /// <param name="open">Opens the table.</param>
    /// <param name="name">The file, for errors.</param>
    /// <param name="layout">The layout of a row.</param>
    /// <param name="reject">Receives rows that cannot be used.</param>
    /// <exception cref="DataException">A column is missing, a row has the wrong number of columns, or a pixel is not a number
    /// or out of range.</exception>
    public static ImageRows Read(Func<Stream> open, string name, CsvLayout layout, Action<DataException> reject)
    {
        using var csv = new SeparatedValues(open(), name, Delimiters.OfFirstRow(open, name));
        do
        {
            if (!csv.Read())
                throw new DataException($"'{name}' is empty. Use a table with one row per image.");
        }
        while (csv.IsBlank);
        if (csv.Fault is { } quotes)
            throw new DataException(quotes); // the header cannot be skipped

        int columns = csv.Count;
        int label = LabelPosition(csv, columns, name, layout.LabelColumn, out bool named);
        (int height, int width) = Shape(columns - (label < 0 ? 0 : 1), name, layout);
        var pixels = new List<ReadOnlyMemory<byte>>();
        var labels = new List<string>();
        var lines = new List<long>();
        var brightest = new List<double>();
        int rejected = 0;
        bool isHeader = named || FirstNonNumeric(csv, columns, label) >= 0;
        for (bool has = !isHeader || csv.Read(); has; has = csv.Read())
        {
            if (csv.IsBlank)
                continue;
            try
            {
                byte[] image = Pixels(csv, columns, label, name, layout.PixelMaximum, out double most);
                if (label >= 0)
                    labels.Add(Label(csv, label, name));
                pixels.Add(image);
                brightest.Add(most);
                lines.Add(csv.Line);
            }
            catch (DataException fault)
            {
                csv.Reject(fault.Message, reject);
                rejected++;
            }
        }

        return pixels.Count > 0
            ? new ImageRows(pixels, label < 0 ? null : [.. labels], height, width, brightest, lines)
            : throw new DataException(rejected == 0
                ? $"'{name}' has a header but no rows. Use a table with one row per image."
                : $"None of the rows of '{name}' could be used. Correct them, or use another table.");
    }

    private static int LabelPosition(SeparatedValues first, int columns, string name, string wanted, out bool named)
    {
        named = false;
        if (wanted.Length == 0)
            return -1;
        if (int.TryParse(wanted, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int position))
        {
            return position >= -columns && position < columns
                ? (position + columns) % columns
                : throw new DataException(
                    $"'{name}': 'labelColumn' is {position}, but there are {columns} columns. Allowed: {-columns} to {columns - 1}.");
        }

        named = true;
        string[] header = [.. first.Texts().Select(cell => cell.Trim())];
        position = Array.IndexOf(header, wanted);
        if (position < 0)
        {
            throw new DataException(
                $"'{name}' has no column '{wanted}' in its first row: {ImageSelection.Names(header)}. Set 'labelColumn' to one of them, " +
                "to a position if there is no header (0: first, -1: last), or to '' for images without classes.");
        }

        int second = Array.IndexOf(header, wanted, position + 1);
        return second < 0 ? position : throw new DataException(
            $"'{name}': the column '{wanted}' occurs twice, as columns {position + 1} and {second + 1}. Rename or remove one of them.");
    }

    private static (int Height, int Width) Shape(int pixels, string name, CsvLayout layout)
    {
        (int height, int width) = (layout.Height, layout.Width);
        if (height == 0 && width == 0)
            height = width = (int)Math.Round(Math.Sqrt(pixels));
        else if (height == 0)
            height = pixels / width;
        else if (width == 0)
            width = pixels / height;
        return pixels > 0 && (long)height * width == pixels
            ? (height, width)
            : throw new DataException($"'{name}' has {pixels} pixel columns, which do not form a " +
                $"{(layout is { Height: 0, Width: 0 } ? "square" : $"{height}×{width}")} image. Set 'height' and 'width', or remove " +
                "columns that are neither pixels nor the label.");
    }

    private static int FirstNonNumeric(SeparatedValues csv, int columns, int label) => Enumerable.Range(0, columns)
        .FirstOrDefault(i => i != label && !double.TryParse(csv[i], NumberStyles.Float, CultureInfo.InvariantCulture, out _), -1);

    private static string Label(SeparatedValues csv, int label, string name)
    {
        string text = csv.Text(label);
        return LabelSet.Clean(text).Length > 0
            ? text : throw new DataException($"{name}:{csv.Line}: the label is empty. Fill it in or remove the row.");
    }

    private static byte[] Pixels(SeparatedValues csv, int columns, int label, string name, double maximum, out double brightest)
    {
        brightest = 0;
        if (csv.Fault is { } quotes)
            throw new DataException(quotes);
        if (csv.Count != columns)
            throw new DataException($"{csv.Location}the row has {csv.Count} columns, but the first row has {columns}. Complete or " +
                "remove the row.");
        byte[] pixels = new byte[columns - (label < 0 ? 0 : 1)];
        for (int i = 0, p = 0; i < columns; i++)
        {
            if (i == label)
                continue;
            ReadOnlySpan<byte> field = csv[i];
            double value = double.NaN;
            if (int.TryParse(field, NumberStyles.None, CultureInfo.InvariantCulture, out int whole))
                value = whole;
            else if (double.TryParse(field, NumberStyles.Float, CultureInfo.InvariantCulture, out double number))
                value = number;
            if (!(value >= 0 && value <= maximum))
                throw new DataException(string.Create(CultureInfo.InvariantCulture,
                    $"{name}:{csv.Line}: column {i + 1}: '{csv.Text(i)}' is not a pixel value; allowed: numbers from 0 to {maximum}. " +
                    $"Correct the table, or set 'pixelMaximum'."));
            brightest = Math.Max(brightest, value);
            pixels[p++] = (byte)Math.Round(value * (255 / maximum), MidpointRounding.AwayFromZero);
        }

        return pixels;
    }
}
