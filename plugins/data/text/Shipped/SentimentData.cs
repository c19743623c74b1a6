namespace Tenon.Text.Shipped;

/// <summary>No options.</summary>
public sealed record SentimentOptions;

/// <summary>
/// 1,000 sentences of customers about phones and what belongs to them, 500 content and 500 not (Kotzias et al. 2015, "From
/// Group to Individual Labels using Deep Features").
/// </summary>
[Data("sentiment", "1,000 sentences of customers, negative or positive", Stability = Stability.Preview)]
public sealed class SentimentData : IData<SentimentOptions, LabelledTextExample>
{
    /// <inheritdoc/>
    public IDataset<LabelledTextExample> Open(SentimentOptions options, DataContext context)
    {
        LabelledTextExample[] examples = [.. Resource.Lines("sentiment.tsv").Select(line => line.Split('\t'))
            .Select(cells => new LabelledTextExample(cells[0].Trim(), cells[1] == "1" ? 1 : 0))];
        return new InMemoryDataset<LabelledTextExample>(
            new DataFacts { Labels = ["negative", "positive"], Summary = $"{examples.Length:N0} sentences of customers, 2 labels", Fingerprint = "sentiment-1" },
            examples);
    }
}
