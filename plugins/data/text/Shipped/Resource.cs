using System.IO.Compression;
using System.Reflection;
using System.Text;

namespace Tenon.Text.Shipped;

/// <summary>Files that the plugin carries in itself.</summary>
internal static class Resource
{
    /// <summary>The lines of a file; one that ends in .gz is inflated.</summary>
    /// <param name="name">Its name.</param>
    public static IEnumerable<string> Lines(string name)
    {
        using Stream resource = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"{name} is missing in the plugin.");
        using Stream content = name.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(resource, CompressionMode.Decompress) : resource;
        using var reader = new StreamReader(content, Encoding.UTF8);
        while (reader.ReadLine() is { } line)
            yield return line;
    }
}
