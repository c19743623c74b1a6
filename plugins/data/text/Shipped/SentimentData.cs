namespace Tenon.Text.Shipped;

/// <summary>No options.</summary>
public sealed record SentimentOptions;

/// <summary>
/// 1,000 customer reviews of phones and accessories, one sentence each, 500 positive and 500 negative (Kotzias et al. 2015,
/// "From Group to Individual Labels using Deep Features").
/// </summary>
[Data("sentiment", "1,000 customer review sentences, negative or positive (built in)", Stability = Stability.Preview)]
public sealed class SentimentData : IData<SentimentOptions, LabelledTextExample>
{
    /// <inheritdoc/>
    public IDataset<LabelledTextExample> Open(SentimentOptions options, DataContext context)
    {
        LabelledTextExample[] examples = [.. Resource.Lines("sentiment.tsv").Select(line => line.Split('\t'))
            .Select(cells => new LabelledTextExample(cells[0].Trim(), cells[1] == "1" ? 1 : 0))];
        return new InMemoryDataset<LabelledTextExample>(
            new DataFacts
            {
                Labels = ["negative", "positive"],
                Summary = $"{examples.Length:N0} customer review sentences, 2 labels",
                Fingerprint = "sentiment-1"
            },
            examples);
    }
}
