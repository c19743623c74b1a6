using System.Globalization;

namespace Tenon.Text.Shipped;

/// <summary>The example sentences of WordNet 3.0, embedded in the plugin.</summary>
internal static class WordNetSentences
{
    /// <summary>The base of fingerprints of data derived from them.</summary>
    public const string Fingerprint = "wordnet-examples-3.0";

    // Neighbors in WordNet's order have the same subject, so every subject is in both parts.
    private const int HeldOutEvery = 20;

    /// <summary>Reads all sentences in order.</summary>
    public static IReadOnlyList<string> Read() => [.. Resource.Lines("wordnet-examples.txt.gz")];

    /// <summary>
    /// Returns the training sentences, and the held-out ones, which are every 20th. The split does not depend on how the sentences
    /// are used, so a model pre-trained on them as text has not seen the sentences that later stages are evaluated on.
    /// </summary>
    public static (IReadOnlyList<string> Train, IReadOnlyList<string> HeldOut) Divide()
    {
        ILookup<bool, string> parts = Read().Index()
            .ToLookup(line => (line.Index + 1) % HeldOutEvery == 0, line => line.Item);
        return ([.. parts[false]], [.. parts[true]]);
    }
}

/// <summary>No options.</summary>
public sealed record WordNetSentencesOptions;

/// <summary>Everyday English: WordNet's examples of word usage. License: wordnet-LICENSE.txt next to the plugin.</summary>
[Data("wordnet-sentences", "42,346 example sentences of WordNet 3.0 (built in); every 20th is held out", Stability = Stability.Preview)]
public sealed class WordNetSentencesData : IData<WordNetSentencesOptions, TextExample>
{
    /// <inheritdoc/>
    public IDataset<TextExample> Open(WordNetSentencesOptions options, DataContext context)
    {
        (IReadOnlyList<string> train, IReadOnlyList<string> heldOut) = WordNetSentences.Divide();
        string summary = string.Create(CultureInfo.InvariantCulture, $"{train.Count + heldOut.Count:N0} example sentences of WordNet 3.0");
        return new InMemoryDataset<TextExample>(
            new DataFacts { Summary = summary, Fingerprint = WordNetSentences.Fingerprint }, Examples(train), Examples(heldOut));
    }

    private static TextExample[] Examples(IReadOnlyList<string> sentences) => [.. sentences.Select(text => new TextExample(text))];
}
