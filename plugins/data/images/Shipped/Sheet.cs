using System.IO.Compression;
using Tenon.Images.Pixels;

namespace Tenon.Images.Shipped;

/// <summary>Files embedded in the plugin's assembly, including sprite sheets.</summary>
internal static class Sheet
{
    /// <summary>Opens an embedded file; the caller disposes it.</summary>
    public static Stream Open(string name) => typeof(Sheet).Assembly.GetManifestResourceStream(name)
        ?? throw new InvalidOperationException($"{name} is missing from the plugin; rebuild it.");

    /// <summary>Reads the fields of each row of an embedded table, gzipped or not, without its header.</summary>
    public static IEnumerable<string[]> Rows(string name)
    {
        using Stream file = Open(name);
        using var reader =
            new StreamReader(name.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionMode.Decompress) : file);
        _ = reader.ReadLine();
        while (reader.ReadLine() is { } line)
            yield return line.Split('\t');
    }

    /// <summary>Returns a number for each text; equal texts have equal numbers.</summary>
    public static int[] Groups(IEnumerable<string> texts)
    {
        var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
        return [.. texts.Select(text => numbers.TryGetValue(text, out int number) ? number : numbers[text] = numbers.Count)];
    }

    /// <summary>Returns the square cells of an embedded image.</summary>
    /// <param name="name">The file.</param>
    /// <param name="side">Rows and columns of a cell.</param>
    /// <param name="corners">The upper left pixel of each cell.</param>
    public static ImageSource Cut(string name, int side, IEnumerable<(int Y, int X)> corners)
    {
        using Stream file = Open(name);
        using var encoded = new MemoryStream();
        file.CopyTo(encoded);
        ImagePixels sheet = ImageDecoder.Decode(encoded.ToArray(), name, ImagePixels.MostPixels);
        return ImageSource.InMemory([.. corners.Select(corner => Cell(sheet, side, corner.Y, corner.X))], side, side, sheet.Channels);
    }

    // Each cell is copied, because an image's rows must be contiguous.
    private static ReadOnlyMemory<byte> Cell(ImagePixels sheet, int side, int y, int x)
    {
        int row = side * sheet.Channels;
        byte[] cell = new byte[side * row];
        for (int i = 0; i < side; i++)
            sheet.Data.Span.Slice(((y + i) * sheet.Width + x) * sheet.Channels, row).CopyTo(cell.AsSpan(i * row));
        return cell;
    }
}
