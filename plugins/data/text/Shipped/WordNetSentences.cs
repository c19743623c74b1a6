using System.Globalization;

namespace Tenon.Text.Shipped;

/// <summary>The example sentences of WordNet 3.0, which lie in the plugin.</summary>
internal static class WordNetSentences
{
    /// <summary>Names what is derived from them.</summary>
    public const string Fingerprint = "wordnet-examples-3.0";

    /// <summary>All of them, in order.</summary>
    public static IReadOnlyList<string> Read() => [.. Resource.Lines("wordnet-examples.txt.gz")];
}

/// <summary>It has no options.</summary>
public sealed record WordNetSentencesOptions;

/// <summary>Everyday English: the sentences that show how words are used. Licence: wordnet-LICENSE.txt beside the plugin.</summary>
[Data("wordnet-sentences", "42,346 example sentences of WordNet 3.0, shipped", Stability = Stability.Preview)]
public sealed class WordNetSentencesData : IData<WordNetSentencesOptions, TextExample>
{
    /// <inheritdoc/>
    public IDataset<TextExample> Open(WordNetSentencesOptions options, DataContext context)
    {
        IReadOnlyList<string> sentences = WordNetSentences.Read();
        string summary = string.Create(CultureInfo.InvariantCulture, $"{sentences.Count:N0} example sentences of WordNet 3.0");
        return new InMemoryDataset<TextExample>(
            new DataFacts { Summary = summary, Fingerprint = WordNetSentences.Fingerprint }, [.. sentences.Select(text => new TextExample(text))]);
    }
}
