using Tenon.Conformance;
using Xunit;

namespace Tenon.Testing;

/// <summary>What the contract asks of a source of examples, as facts: inherit it once and give the component.</summary>
/// <typeparam name="TOptions">Its options.</typeparam>
/// <typeparam name="TExample">Its examples.</typeparam>
public abstract class DataTests<TOptions, TExample> : Conformance<DataSubject>
    where TOptions : class, new()
    where TExample : Example
{
    /// <summary>The component.</summary>
    protected abstract IData<TOptions, TExample> Data { get; }

    /// <summary>Options that open a small source; null: the <see cref="ComponentAttribute.TestSettings"/> of the class.</summary>
    protected virtual TOptions? Options => null;

    /// <summary>Where relative paths in the options start; null: the working directory.</summary>
    protected virtual string? Folder => null;

    /// <inheritdoc/>
    protected override DataSubject Subject() => DataSubject.Of(Data, Options, Folder);

    /// <summary>There are examples to train on, and the facts say in one line what was read.</summary>
    [SkippableFact]
    public void Facts_are_told() => Keeps(DataChecks.Facts);

    /// <summary>An example is the same whenever it is fetched, backwards too.</summary>
    [SkippableFact]
    public void An_example_is_the_same_on_every_call() => Keeps(DataChecks.Rereads);

    /// <summary>Opened again with the same options and seed, counts, order, facts and fingerprint are the same.</summary>
    [SkippableFact]
    public void Opened_again_the_order_is_the_same() => Keeps(DataChecks.Reopens);

    /// <summary>Examples fetched from several threads are those fetched from one.</summary>
    [SkippableFact]
    public void Several_threads_may_read() => Keeps(DataChecks.Threads);

    /// <summary>Positions below 0 and from Count on throw an ArgumentOutOfRangeException.</summary>
    [SkippableFact]
    public void Positions_outside_are_refused() => Keeps(DataChecks.Ranges);

    /// <summary>Of the examples to validate on, at most 5 % read the same as one to train on.</summary>
    [SkippableFact]
    public void Splits_are_disjoint() => Keeps(DataChecks.Disjoint);

    /// <summary>Labels are indices into Facts.Labels, images have the size that the facts name and as many bytes as it says.</summary>
    [SkippableFact]
    public void Labels_and_sizes_fit_the_facts() => Keeps(DataChecks.Labels);
}
