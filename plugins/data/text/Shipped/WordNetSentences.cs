using System.Globalization;

namespace Tenon.Text.Shipped;

/// <summary>The example sentences of WordNet 3.0, which lie in the plugin.</summary>
internal static class WordNetSentences
{
    /// <summary>Names what is derived from them.</summary>
    public const string Fingerprint = "wordnet-examples-3.0";

    // In WordNet's order neighbours are about the same: each subject is in both parts.
    private const int HeldOutEvery = 20;

    /// <summary>All of them, in order.</summary>
    public static IReadOnlyList<string> Read() => [.. Resource.Lines("wordnet-examples.txt.gz")];

    /// <summary>
    /// The same in two parts: those to train on, and every 20th, which is held out. The division is the same whatever is
    /// made of the sentences, so that a model that read them as text has not read what its successors are measured by.
    /// </summary>
    public static (IReadOnlyList<string> Train, IReadOnlyList<string> HeldOut) Divide()
    {
        ILookup<bool, string> parts = Read().Index()
            .ToLookup(line => (line.Index + 1) % HeldOutEvery == 0, line => line.Item);
        return ([.. parts[false]], [.. parts[true]]);
    }
}

/// <summary>It has no options.</summary>
public sealed record WordNetSentencesOptions;

/// <summary>Everyday English: the sentences that show how words are used. Licence: wordnet-LICENSE.txt beside the plugin.</summary>
[Data("wordnet-sentences", "42,346 example sentences of WordNet 3.0, shipped; every 20th is held out", Stability = Stability.Preview)]
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
