using System.Globalization;
using Sylvan.Data.Csv;

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
/// <param name="Brightest">The largest pixel value in the table.</param>
internal sealed record ImageRows(IReadOnlyList<ReadOnlyMemory<byte>> Pixels, string[]? Labels, int Height, int Width, double Brightest);

/// <summary>Reads tables with one image per row: one column per pixel, and one for the label.</summary>
internal static class CsvImages
{
    // Maximum characters per row: over two million pixels.
    private const int MaxRowLength = 1 << 24;

    /// <summary>Reads a table with or without a header; the separator is detected.</summary>
    /// <param name="text">The table.</param>
    /// <param name="name">The file, for errors.</param>
    /// <param name="layout">The layout of a row.</param>
    /// <param name="reject">Receives rows that cannot be used.</param>
    /// <exception cref="DataException">A column is missing, a row has the wrong number of columns, or a pixel is not a number
    /// or out of range.</exception>
    public static ImageRows Read(TextReader text, string name, CsvLayout layout, Action<DataException> reject)
    {
        try
        {
            using CsvDataReader csv =
                CsvDataReader.Create(text, new CsvDataReaderOptions { HasHeaders = false, MaxBufferSize = MaxRowLength });
            if (!csv.Read())
                throw new DataException($"'{name}' is empty. Use a table with one row per image.");
            int columns = csv.RowFieldCount;
            int label = LabelPosition(csv, columns, name, layout.LabelColumn, out bool named);
            (int height, int width) = Shape(columns - (label < 0 ? 0 : 1), name, layout);

            var pixels = new List<ReadOnlyMemory<byte>>();
            var labels = new List<string>();
            double brightest = 0;
            bool header = named || FirstNoNumber(csv, columns, label) >= 0;
            while (!header || csv.Read())
            {
                header = true;
                try
                {
                    pixels.Add(Pixels(csv, columns, label, name, layout.PixelMaximum, ref brightest));
                }
                catch (DataException fault)
                {
                    reject(fault);
                    continue;
                }

                if (label >= 0)
                    labels.Add(csv.GetString(label));
            }

            return pixels.Count > 0
                ? new ImageRows(pixels, label < 0 ? null : [.. labels], height, width, brightest)
                : throw new DataException($"'{name}' has a header but no rows. Use a table with one row per image.");
        }
        catch (Exception e) when (e is CsvFormatException or InvalidDataException)
        {
            throw new DataException($"'{name}' cannot be read: {e.Message} Repair the file or download it again.", e);
        }
    }

    private static int LabelPosition(CsvDataReader first, int columns, string name, string wanted, out bool named)
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
        string[] header = [.. Enumerable.Range(0, columns).Select(first.GetString)];
        position = Array.IndexOf(header, wanted);
        return position >= 0
            ? position
            : throw new DataException(
                $"'{name}' has no column '{wanted}' in its first row: {ImageSelection.Names(header)}. Set 'labelColumn' to one of " +
                "them, to a position if there is no header (0: first, -1: last), or to '' for images without classes.");
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

    private static int FirstNoNumber(CsvDataReader csv, int columns, int label) => Enumerable.Range(0, columns)
        .FirstOrDefault(i => i != label && !double.TryParse(csv.GetFieldSpan(i), CultureInfo.InvariantCulture, out _), -1);

    private static byte[] Pixels(CsvDataReader csv, int columns, int label, string name, double maximum, ref double brightest)
    {
        if (csv.RowFieldCount != columns)
            throw new DataException(
                $"'{name}', row {csv.RowNumber}: {csv.RowFieldCount} columns, but the first row has {columns}. Complete or remove " +
                "the row.");
        byte[] pixels = new byte[columns - (label < 0 ? 0 : 1)];
        for (int i = 0, p = 0; i < columns; i++)
        {
            if (i == label)
                continue;
            ReadOnlySpan<char> field = csv.GetFieldSpan(i);
            double value = double.NaN;
            if (int.TryParse(field, NumberStyles.None, CultureInfo.InvariantCulture, out int whole))
                value = whole;
            else if (double.TryParse(field, CultureInfo.InvariantCulture, out double number))
                value = number;
            if (!(value >= 0 && value <= maximum))
                throw new DataException(string.Create(CultureInfo.InvariantCulture,
                    $"'{name}', row {csv.RowNumber}, column {i}: '{field}' is not a pixel value; allowed: numbers from 0 to " +
                    $"{maximum}. Correct the table, or set 'pixelMaximum'."));
            brightest = Math.Max(brightest, value);
            pixels[p++] = (byte)Math.Round(value * (255 / maximum), MidpointRounding.AwayFromZero);
        }

        return pixels;
    }
}
