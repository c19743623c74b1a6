using System.Buffers.Binary;
using System.Text;
using SkiaSharp;
using Tenon.Host.Data;
using Tenon.Host.Native;

namespace Tenon.Fuzz.Readers;

/// <summary>Images in files, folders and tables.</summary>
internal static class ImageReaders
{
    private const int Size = 6;

    /// <summary>Returns the readers.</summary>
    public static IEnumerable<Reader> In(Workplace workplace)
    {
        yield return DataReaders.Of(workplace, "image-folder", InputFormat.Binary, "image-folders", Path.Combine("images", "a", "x.png"),
            [],
            () => [.. Images()], new Dictionary<string, string?> { ["path"] = "images", ["size"] = "4" });
        yield return new Reader("image-file", InputFormat.Binary, [typeof(DataException)], () => [.. Images()],
            (_, content) => ImageFile.Read(Workplace.Write(workplace.Folder("pictures"), "x.png", content)));
        // A compressed block claims a size of up to 2 GB. The library reserves it, without using it, and this process may have too little.
        yield return DataReaders.Of(workplace, "parquet", InputFormat.Binary, "image-table", "table.parquet", [],
            () => [.. Workplace.Files("parquet"), .. Workplace.Files("hostile/parquet")],
            new Dictionary<string, string?> { ["path"] = "table.parquet" }, typeof(MemoryException));
        yield return DataReaders.Of(workplace, "image-csv", InputFormat.Text, "image-table", "table.csv",
            ["label", "pixel0", "255", "256", "-1", ","],
            () => [new Seed("table.csv", Encoding.UTF8.GetBytes(Pixels()))], new Dictionary<string, string?> { ["path"] = "table.csv" });
        yield return DataReaders.Of(workplace, "idx", InputFormat.Binary, "idx", "images-idx3-ubyte", [], () => [new Seed("images", Idx())],
            new Dictionary<string, string?> { ["images"] = "images-idx3-ubyte" });
    }

    private static IEnumerable<Seed> Images()
    {
        foreach (SKEncodedImageFormat format in new[] { SKEncodedImageFormat.Png, SKEncodedImageFormat.Jpeg, SKEncodedImageFormat.Webp })
        {
            foreach (SKColorType type in new[] { SKColorType.Rgba8888, SKColorType.Gray8 })
            {
                using var bitmap = new SKBitmap(
                    new SKImageInfo(Size, Size, type, type == SKColorType.Gray8 ? SKAlphaType.Opaque : SKAlphaType.Unpremul));
                for (int at = 0; at < Size * Size; at++)
                    bitmap.SetPixel(at % Size, at / Size, new SKColor((byte)(at * 7), (byte)(at * 5), (byte)(at * 3), (byte)(255 - at)));
                using SKData data = bitmap.Encode(format, 90);
                yield return new Seed($"{format}-{type}", data.ToArray());
            }
        }

        yield return new Seed("bmp", Bmp());
        yield return new Seed("gif", Convert.FromBase64String("R0lGODlhAgACAIAAAAAAAP///yH5BAAAAAAALAAAAAACAAIAAAIDRAJZADs="));
        foreach (Seed seed in Workplace.Files("hostile/image"))
            yield return seed;
    }

    // 2 × 2 pixels of 24 bits.
    private static byte[] Bmp()
    {
        byte[] file = new byte[54 + 16];
        (file[0], file[1]) = ((byte)'B', (byte)'M');
        foreach ((int at, int value) in new[] { (2, file.Length), (10, 54), (14, 40), (18, 2), (22, 2), (34, 16) })
            BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(at), value);
        (file[26], file[28]) = (1, 24);
        return file;
    }

    private static byte[] Idx()
    {
        byte[] file = new byte[16 + 3 * Size * Size];
        foreach ((int at, int value) in new[] { (0, 0x803), (4, 3), (8, Size), (12, Size) })
            BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(at), value);
        return file;
    }

    private static string Pixels() =>
        $"label,{string.Join(',', Enumerable.Range(0, 4).Select(i => $"pixel{i}"))}\na,0,1,2,255\nb,9,8,7,6\n";
}
