using Tenon.Conformance;
using Xunit;

namespace Tenon.Testing;

/// <summary>The contract of a sampler as xUnit facts: inherit this class and pass the component.</summary>
/// <typeparam name="TOptions">The options of the component.</typeparam>
public abstract class SamplerTests<TOptions> : Conformance<SamplerSubject> where TOptions : class, new()
{
    /// <summary>The component.</summary>
    protected abstract ISamplerFactory<TOptions> Sampler { get; }

    /// <summary>The component's options; null for the class's <see cref="ComponentAttribute.TestSettings"/>.</summary>
    protected virtual TOptions? Options => null;

    /// <inheritdoc/>
    protected override SamplerSubject Subject() => SamplerSubject.Of(Sampler, Options);

    /// <summary>
    /// For each number of steps there is at least one timestep, all are in the model's range, and the first is not below the
    /// last.
    /// </summary>
    [SkippableFact]
    public void Timesteps_are_in_range() => Verify(SamplerChecks.Timesteps);

    /// <summary>With a model that knows the clean samples, sampling ends at them.</summary>
    [SkippableFact]
    public void Finds_the_clean_sample() => Verify(SamplerChecks.FindsClean);

    /// <summary>The same noise gives the same samples, bit for bit.</summary>
    [SkippableFact]
    public void Samples_are_deterministic() => Verify(SamplerChecks.Repeats);

    /// <summary>A sample depends neither on its position in the batch nor on the other samples.</summary>
    [SkippableFact]
    public void Batch_order_is_irrelevant() => Verify(SamplerChecks.Order);

    /// <summary>After the last step and disposal of the sampler, only the samples are alive.</summary>
    [SkippableFact]
    public void Does_not_leak_tensors() => Verify(SamplerChecks.Frees);
}
