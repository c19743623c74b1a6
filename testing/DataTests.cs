using Tenon.Conformance;
using Xunit;

namespace Tenon.Testing;

/// <summary>The contract of a data component as xUnit facts: inherit this class and pass the component.</summary>
/// <typeparam name="TOptions">The options of the component.</typeparam>
/// <typeparam name="TExample">The type of example.</typeparam>
public abstract class DataTests<TOptions, TExample> : Conformance<DataSubject>
    where TOptions : class, new()
    where TExample : Example
{
    /// <summary>The component.</summary>
    protected abstract IData<TOptions, TExample> Data { get; }

    /// <summary>Options for a small source; null for the class's <see cref="ComponentAttribute.TestSettings"/>.</summary>
    protected virtual TOptions? Options => null;

    /// <summary>Base folder of relative paths in the options; null for the working directory.</summary>
    protected virtual string? Folder => null;

    /// <inheritdoc/>
    protected override DataSubject Subject() => DataSubject.Of(Data, Options, Folder);

    /// <summary>There are training examples, and the facts describe the data in one line.</summary>
    [SkippableFact]
    public void Facts_are_complete() => Verify(DataChecks.Facts);

    /// <summary>An example is the same each time it is fetched, in any order.</summary>
    [SkippableFact]
    public void An_example_is_the_same_on_every_call() => Verify(DataChecks.Rereads);

    /// <summary>Reopened with the same options and seed, counts, order, facts and fingerprint are unchanged.</summary>
    [SkippableFact]
    public void Reopening_preserves_the_order() => Verify(DataChecks.Reopens);

    /// <summary>Concurrent threads fetch the same examples as a single thread.</summary>
    [SkippableFact]
    public void Concurrent_reads_are_safe() => Verify(DataChecks.Threads);

    /// <summary>Negative indices, and indices of Count or more, throw an ArgumentOutOfRangeException.</summary>
    [SkippableFact]
    public void Invalid_indices_are_refused() => Verify(DataChecks.Ranges);

    /// <summary>At most 5 % of the validation examples equal a training example.</summary>
    [SkippableFact]
    public void Splits_are_disjoint() => Verify(DataChecks.Disjoint);

    /// <summary>Labels are indices into Facts.Labels, and images have the size in the facts and the matching number of bytes.</summary>
    [SkippableFact]
    public void Labels_and_sizes_match_the_facts() => Verify(DataChecks.Labels);
}
