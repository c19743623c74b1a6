namespace Tenon.Text.Tagged;

/// <summary>A sentence in a file.</summary>
/// <param name="Words">At least one; none is empty.</param>
/// <param name="Tags">One per word; none is empty.</param>
internal sealed record TaggedSentence(IReadOnlyList<string> Words, IReadOnlyList<string> Tags)
{
    /// <summary>Converts the sentence to an example.</summary>
    /// <param name="index">The index of each tag.</param>
    public TokenLabelledExample Example(IReadOnlyDictionary<string, int> index) => new(Words, [.. Tags.Select(tag => index[tag])]);

    /// <summary>A data set of sentences.</summary>
    /// <param name="train">Training sentences.</param>
    /// <param name="validation">Validation sentences; null: a share is held out.</param>
    /// <param name="labels">All tags by index.</param>
    /// <param name="summary">A description of the source.</param>
    /// <param name="fingerprint">Fingerprint of the source.</param>
    public static IDataset<TokenLabelledExample> Dataset(
        IEnumerable<TaggedSentence> train, IEnumerable<TaggedSentence>? validation, string[] labels, string summary, string fingerprint)
    {
        Dictionary<string, int> index = labels.Index().ToDictionary(label => label.Item, label => label.Index, StringComparer.Ordinal);
        return new InMemoryDataset<TokenLabelledExample>(
            new DataFacts { Labels = labels, LabelsWords = true, Summary = summary, Fingerprint = fingerprint },
            [.. train.Select(sentence => sentence.Example(index))],
            validation is null ? null : [.. validation.Select(sentence => sentence.Example(index))]);
    }
}
