using System.Globalization;
using Tenon.Text.Tagged;

namespace Tenon.Text.SdkDocs;

/// <summary>
/// Texts of the .NET SDK's documentation in which each word is tagged with what it refers to: a type, a member, a parameter,
/// other code, or nothing. The tags come from the documentation's markup. Texts without a reference are skipped.
/// </summary>
[Data("sdk-references", "Sentences of the .NET SDK's documentation, with words tagged by the code they refer to",
    Stability = Stability.Preview)]
public sealed class SdkReferencesData : IData<SdkReferencesOptions, TokenLabelledExample>
{
    /// <inheritdoc/>
    public IDataset<TokenLabelledExample> Open(SdkReferencesOptions options, DataContext context)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(context);
        SdkPack pack = SdkPacks.Needed("sdk-references", options.Sdk, "'tagged-text'", context);
        TaggedSentence[] sentences = [.. Sentences(pack.Files, options.LongestText)];
        context.Random.Fork("order").Shuffle<TaggedSentence>(sentences);
        sentences = [.. sentences.Take(options.Count)];
        if (sentences.Length == 0)
            throw new DataException(
                $"sdk-references: the documentation of .NET SDK {pack.Version} has no text with a reference and at most " +
                $"{options.LongestText} words. Raise 'longestText'.");
        int words = sentences.Sum(sentence => sentence.Words.Count);
        return TaggedSentence.Dataset(
            sentences, null, ReferenceMarks.Tags,
            string.Create(
                CultureInfo.InvariantCulture, $"documentation of .NET SDK {pack.Version}: {sentences.Length:N0} texts, {words:N0} words"),
            CacheFolder.Fingerprint(
                [.. pack.Files.Select(CacheFolder.Describe), "sdk-references",
                    $"{options.Count} {options.LongestText} {context.Random.Seed}"]));
    }

    /// <summary>Returns the distinct texts with a reference, in the order of the files.</summary>
    internal static IEnumerable<TaggedSentence> Sentences(IReadOnlyList<string> files, int longest)
    {
        var parsed = new List<DocumentedMember>[files.Count];
        Parallel.For(0, files.Count, i => parsed[i] = DocumentationReader.Read(files[i], marked: true));
        return parsed.SelectMany(members => members).SelectMany(member => member.Texts).Select(text => text.Text)
            .Distinct(StringComparer.Ordinal)
            .Select(ReferenceMarks.Sentence)
            .Where(sentence => sentence.Words.Count <= longest && sentence.Tags.Any(tag => tag != ReferenceMarks.None));
    }
}
