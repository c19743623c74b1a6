using System.IO.Compression;
using System.Text;

namespace Tenon.Tokenizers;

/// <summary>The compressed texts embedded in the assembly.</summary>
internal static class ShippedTexts
{
    /// <summary>The lines of a text.</summary>
    /// <param name="name">The file's name in the folder Resources.</param>
    public static IEnumerable<string> Lines(string name)
    {
        using var resource = typeof(ShippedTexts).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"The assembly has no resource {name}; rebuild it.");
        using var reader = new StreamReader(new GZipStream(resource, CompressionMode.Decompress), Encoding.UTF8);
        while (reader.ReadLine() is { } line)
            yield return line;
    }
}
