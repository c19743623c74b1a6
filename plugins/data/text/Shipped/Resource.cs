using System.IO.Compression;
using System.Reflection;
using System.Text;

namespace Tenon.Text.Shipped;

/// <summary>Files embedded in the plugin's assembly.</summary>
internal static class Resource
{
    /// <summary>Reads the lines of a file; a file that ends in .gz is decompressed.</summary>
    /// <param name="name">Its name.</param>
    public static IEnumerable<string> Lines(string name)
    {
        using Stream resource = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"{name} is missing from the plugin.");
        using Stream content =
            name.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(resource, CompressionMode.Decompress) : resource;
        using var reader = new StreamReader(content, Encoding.UTF8);
        while (reader.ReadLine() is { } line)
            yield return line;
    }
}
