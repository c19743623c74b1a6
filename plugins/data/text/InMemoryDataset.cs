namespace Tenon.Text;

/// <summary>An example and where it comes from.</summary>
/// <param name="Example">The example.</param>
/// <param name="Origin">File and line, or null if unknown.</param>
internal readonly record struct Located<TExample>(TExample Example, string? Origin) where TExample : Example;

/// <summary>Examples held in memory.</summary>
internal sealed class InMemoryExamples<TExample>(IReadOnlyList<Located<TExample>> examples) : IExamples<TExample> where TExample : Example
{
    public long Count => examples.Count;

    public TExample this[long index] => At(index).Example;

    public string? Origin(long index) => At(index).Origin;

    private Located<TExample> At(long index) => index >= 0 && index < examples.Count
        ? examples[(int)index]
        : throw new ArgumentOutOfRangeException(nameof(index), index, $"There are {examples.Count} examples.");
}

/// <summary>A data set with all examples in memory.</summary>
internal sealed class InMemoryDataset<TExample>(
    DataFacts facts, IReadOnlyList<Located<TExample>> train, IReadOnlyList<Located<TExample>>? validation = null)
    : IDataset<TExample> where TExample : Example
{
    /// <summary>Creates a data set of examples that do not come from the user's files.</summary>
    public InMemoryDataset(DataFacts facts, IReadOnlyList<TExample> train, IReadOnlyList<TExample>? validation = null)
        : this(facts, WithoutOrigin(train), validation is null ? null : WithoutOrigin(validation))
    {
    }

    public DataFacts Facts { get; } = facts;

    public IExamples<TExample> Train { get; } = new InMemoryExamples<TExample>(train);

    public IExamples<TExample>? Validation { get; } = validation is null ? null : new InMemoryExamples<TExample>(validation);

    public void Dispose()
    {
    }

    private static Located<TExample>[] WithoutOrigin(IReadOnlyList<TExample> examples) =>
        [.. examples.Select(example => new Located<TExample>(example, null))];
}
