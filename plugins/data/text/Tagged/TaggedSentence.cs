namespace Tenon.Text.Tagged;

/// <summary>A sentence in a file.</summary>
/// <param name="Words">At least one; none is empty.</param>
/// <param name="Tags">One per word; none is empty.</param>
/// <param name="Location">File and line of its first word, or null if unknown.</param>
internal sealed record TaggedSentence(IReadOnlyList<string> Words, IReadOnlyList<string> Tags, string? Location = null)
{
    /// <summary>Converts the sentence to an example.</summary>
    /// <param name="index">The index of each tag.</param>
    private Located<TokenLabelledExample> Example(Dictionary<string, int> index) =>
        new(new TokenLabelledExample(Words, [.. Tags.Select(tag => index[LabelSet.Clean(tag)])]), Location);

    /// <summary>Creates a data set of sentences.</summary>
    /// <param name="train">Training sentences.</param>
    /// <param name="validation">Validation sentences. By default, a share is held out.</param>
    /// <param name="labels">All tags by index.</param>
    /// <param name="summary">A description of the source.</param>
    /// <param name="fingerprint">Fingerprint of the source.</param>
    /// <param name="notes">Notes for the user, or null for none.</param>
    public static IDataset<TokenLabelledExample> Dataset(
        IEnumerable<TaggedSentence> train, IEnumerable<TaggedSentence>? validation, IReadOnlyList<string> labels, string summary,
        string fingerprint, IReadOnlyList<string>? notes = null)
    {
        Dictionary<string, int> index = labels.Index().ToDictionary(label => label.Item, label => label.Index, StringComparer.Ordinal);
        return new InMemoryDataset<TokenLabelledExample>(
            new DataFacts { Labels = labels, Notes = notes ?? [], LabelsWords = true, Summary = summary, Fingerprint = fingerprint },
            [.. train.Select(sentence => sentence.Example(index))],
            validation is null ? null : [.. validation.Select(sentence => sentence.Example(index))]);
    }
}
