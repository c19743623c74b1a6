namespace Tenon.Text;

/// <summary>Examples held in memory.</summary>
internal sealed class InMemoryExamples<TExample>(IReadOnlyList<TExample> examples) : IExamples<TExample> where TExample : Example
{
    public long Count => examples.Count;

    public TExample this[long index] => index >= 0 && index < examples.Count
        ? examples[(int)index]
        : throw new ArgumentOutOfRangeException(nameof(index), index, $"There are {examples.Count} examples.");
}

/// <summary>A data set with all examples in memory.</summary>
internal sealed class InMemoryDataset<TExample>(
    DataFacts facts, IReadOnlyList<TExample> train, IReadOnlyList<TExample>? validation = null)
    : IDataset<TExample> where TExample : Example
{
    public DataFacts Facts { get; } = facts;

    public IExamples<TExample> Train { get; } = new InMemoryExamples<TExample>(train);

    public IExamples<TExample>? Validation { get; } = validation is null ? null : new InMemoryExamples<TExample>(validation);

    public void Dispose()
    {
    }
}
