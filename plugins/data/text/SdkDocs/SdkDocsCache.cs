using System.Globalization;
using System.Text;

namespace Tenon.Text.SdkDocs;

/// <summary>Caches extracted documents: extraction takes seconds, reading the cache hundredths of a second.</summary>
internal sealed class SdkDocsCache(CacheFolder folder, Action<string> status)
{
    // Part of the file name: increase it when extraction changes.
    private const string Version = "1";

    // Terminates a document. Texts cannot contain it: XML 1.0 does not allow it.
    private const char End = '\u001E';

    /// <summary>Reads the documents of a pack.</summary>
    /// <param name="pack">The files.</param>
    /// <param name="fingerprint">The fingerprint of the files.</param>
    public IReadOnlyList<string> Documents(SdkPack pack, string fingerprint)
    {
        string name = $"{fingerprint}-{Version}.txt";
        string file = folder.Locate("sdk-docs", name);
        if (File.Exists(file) && Read(file) is { } kept)
            return kept;

        status($"reading the documentation of .NET SDK {pack.Version}");
        List<string> documents = SdkDocuments.Read(pack.Files);
        try
        {
            folder.Write("sdk-docs", name, stream => Write(stream, documents));
        }
        catch (Exception e) when (e is DataException or IOException or UnauthorizedAccessException)
        {
            // The texts are in memory; without the cache the next run only takes longer to start.
            status($"the texts could not be cached: {e.Message}");
        }

        return documents;
    }

    private static void Write(Stream stream, List<string> documents)
    {
        using var writer = new StreamWriter(stream, leaveOpen: true);
        writer.Write(string.Create(CultureInfo.InvariantCulture, $"{documents.Count}{End}"));
        foreach (string document in documents)
        {
            writer.Write(document);
            writer.Write(End);
        }
    }

    // Returns null if the file is damaged or cannot be read; it is then rewritten.
    private string[]? Read(string file)
    {
        string[] parts;
        try
        {
            parts = File.ReadAllText(file, Encoding.UTF8).Split(End);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            status($"'{file}' cannot be read: {e.Message}");
            return null;
        }

        bool whole = int.TryParse(parts[0], CultureInfo.InvariantCulture, out int count) && count > 0 && parts.Length == count + 2
            && parts[^1].Length == 0;
        return whole ? parts[1..^1] : null;
    }
}
