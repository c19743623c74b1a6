using System.IO.Compression;
using SkiaSharp;

namespace Tenon.Images.Tests;

/// <summary>A folder that goes with the test, and writers of the files that tests read.</summary>
public sealed class TemporaryFolder : IDisposable
{
    public TemporaryFolder() => Path = Directory.CreateTempSubdirectory("tenon-images-").FullName;

    public string Path { get; }

    public DataContext Context(ulong seed = 1) => new(Path, new SeededRandom(seed), _ => { });

    public string Write(string name, byte[] content)
    {
        string file = System.IO.Path.Combine(Path, name);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(file)!);
        File.WriteAllBytes(file, content);
        return file;
    }

    public string WritePacked(string name, byte[] content)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
            gzip.Write(content);
        return Write(name, packed.ToArray());
    }

    public string WriteImage(string name, SKColor color, int width = 4, int height = 4,
        SKEncodedImageFormat format = SKEncodedImageFormat.Png) =>
        Write(name, Encode(color, width, height, format));

    public static byte[] Encode(SKColor color, int width = 4, int height = 4, SKEncodedImageFormat format = SKEncodedImageFormat.Png)
    {
        using var bitmap = new SKBitmap(width, height, SKColorType.Rgba8888, SKAlphaType.Unpremul);
        bitmap.Erase(color);
        return Encode(bitmap, format);
    }

    public static byte[] Encode(SKBitmap bitmap, SKEncodedImageFormat format = SKEncodedImageFormat.Png)
    {
        using var data = bitmap.Encode(format, 100);
        return data.ToArray();
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
