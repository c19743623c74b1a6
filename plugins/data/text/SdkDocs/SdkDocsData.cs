using System.Globalization;
using Tenon.Text.Shipped;

namespace Tenon.Text.SdkDocs;

/// <summary>
/// The English documentation of the .NET SDK on this machine: nothing to download. Each document describes one type and its
/// members. If the SDK has no documentation, the plugin's built-in WordNet 3.0 example sentences are used instead, one per
/// document, and <see cref="DataFacts.Summary"/> states it.
/// </summary>
[Data("sdk-docs", "English documentation of the .NET SDK on this machine, about 7 MB", Stability = Stability.Preview)]
public sealed class SdkDocsData : IData<SdkDocsOptions, TextExample>
{
    private readonly CacheFolder _cache;

    /// <summary>Creates the component.</summary>
    public SdkDocsData() : this(CacheFolder.OfUser()) { }

    internal SdkDocsData(CacheFolder cache) => _cache = cache;

    /// <inheritdoc/>
    public IDataset<TextExample> Open(SdkDocsOptions options, DataContext context)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(context);
        if (options.Fallback == FallbackUse.Always)
            return Shipped("because 'fallback' is 'always'");

        IReadOnlyList<string> roots = options.Sdk is { } sdk ? [Path.GetFullPath(sdk, context.BaseDirectory)] : SdkPacks.Roots();
        SdkPack? pack = SdkPacks.Newest(roots);
        string missing;
        if (pack is null)
        {
            missing = "no documentation (packs/Microsoft.NETCore.App.Ref/*/ref/net*/*.xml) was found in " +
                $"{string.Join(", ", roots.Select(root => $"'{root}'"))}";
        }
        else
        {
            string fingerprint = CacheFolder.Fingerprint(pack.Files.Select(CacheFolder.Describe).Prepend("sdk-docs"));
            IReadOnlyList<string> documents = new SdkDocsCache(_cache, context.Status).Documents(pack, fingerprint);
            long characters = documents.Sum(document => (long)document.Length);
            if (characters >= options.MinimumCharacters)
            {
                return Dataset(documents, fingerprint,
                    $"documentation of .NET SDK {pack.Version}: {Count(documents.Count)} documents, {Count(characters)} characters");
            }

            missing = $"the documentation of .NET SDK {pack.Version} has {Count(characters)} characters, fewer than " +
                $"'minimumCharacters' ({Count(options.MinimumCharacters)})";
        }

        if (options.Fallback == FallbackUse.Never)
        {
            throw new DataException(
                $"sdk-docs: {missing}. Install the .NET SDK, set 'sdk' to its folder, or set 'fallback' to 'auto' or 'always' to " +
                "train on the built-in WordNet sentences.");
        }

        context.Status($"sdk-docs: {missing}; using the built-in WordNet sentences");
        return Shipped($"because {missing}");
    }

    private static InMemoryDataset<TextExample> Shipped(string reason)
    {
        IReadOnlyList<string> sentences = WordNetSentences.Read();
        return Dataset(sentences, WordNetSentences.Fingerprint,
            $"not the SDK's documentation but {Count(sentences.Count)} example sentences of WordNet 3.0, {reason}");
    }

    private static InMemoryDataset<TextExample> Dataset(IReadOnlyList<string> documents, string fingerprint, string summary) =>
        new(new DataFacts { Summary = summary, Fingerprint = fingerprint }, [.. documents.Select(text => new TextExample(text))]);

    private static string Count(long count) => count.ToString("N0", CultureInfo.InvariantCulture);
}
