using Tenon.Conformance;
using Xunit;

namespace Tenon.Testing;

/// <summary>
/// What the contract asks of an architecture, as facts. Inherit it once and give the component; a fact about a
/// capability that the models have not got is skipped. Torch's generator belongs to the process: run the tests of the
/// assembly one after the other (<c>[assembly: CollectionBehavior(DisableTestParallelization = true)]</c>).
/// </summary>
/// <typeparam name="TOptions">Its options.</typeparam>
/// <typeparam name="TModel">Its models.</typeparam>
public abstract class ArchitectureTests<TOptions, TModel> : Conformance<ArchitectureSubject>
    where TOptions : class, new()
    where TModel : class, IModel
{
    /// <summary>The component.</summary>
    protected abstract IArchitecture<TOptions, TModel> Architecture { get; }

    /// <summary>Options of a small model; null: the <see cref="ComponentAttribute.TestSettings"/> of the class.</summary>
    protected virtual TOptions? Options => null;

    /// <summary>What the data is to look like: two classes and grey images of 8 × 8.</summary>
    protected virtual DataFacts Data => ArchitectureSubject.ToyFacts;

    /// <inheritdoc/>
    protected override ArchitectureSubject Subject() => ArchitectureSubject.Of(Architecture, Options, Data);

    /// <summary>Resolving resolved options changes nothing.</summary>
    [SkippableFact]
    public void Options_resolve_once() => Keeps(ModelChecks.Resolves);

    /// <summary>Read(Describe(options)) builds a model with the same tensors.</summary>
    [SkippableFact]
    public void Configuration_round_trips() => Keeps(ModelChecks.Describes);

    /// <summary>On the meta device a model has the same tensors, and none is allocated.</summary>
    [SkippableFact]
    public void Plans_without_memory() => Keeps(ModelChecks.BuildsOnMeta);

    /// <summary>Two models that are built under one seed have equal parameters.</summary>
    [SkippableFact]
    public void The_seed_decides_the_parameters() => Keeps(ModelChecks.BuildsFromSeed);

    /// <summary>A batch is a function of examples, mode and seed, and counts its examples.</summary>
    [SkippableFact]
    public void Batches_repeat() => Keeps(ModelChecks.Collates);

    /// <summary>The loss of each kind of example is a finite float32 scalar with a graph, and repeats under one seed.</summary>
    [SkippableFact]
    public void The_loss_is_a_scalar_that_repeats() => Keeps(ModelChecks.Losses);

    /// <summary>Each parameter gets a finite gradient from one of the kinds of example.</summary>
    [SkippableFact]
    public void Every_parameter_learns() => Keeps(ModelChecks.Gradients);

    /// <summary>Weighted by their targets, the losses of two half batches are the loss of the whole one.</summary>
    [SkippableFact]
    public void The_loss_is_a_mean_over_targets() => Keeps(ModelChecks.Means);

    /// <summary>A model that was saved and loaded has equal parameters and an equal loss.</summary>
    [SkippableFact]
    public void Saves_and_loads() => Keeps(ModelChecks.Saves);

    /// <summary>After a loss, its gradients and a batch were disposed, no tensor is left.</summary>
    [SkippableFact]
    public void Leaves_no_tensor_behind() => Keeps(ModelChecks.Frees);

    /// <summary>With matrix products in bfloat16 the loss is float32 and within 5 % of the one in float32.</summary>
    [SkippableFact]
    public void Bfloat16_is_close() => Keeps(ModelChecks.Bfloat16);

    /// <summary>On a CUDA device the loss is that of the processor.</summary>
    [SkippableFact]
    public void Cuda_equals_the_processor() => Keeps(ModelChecks.Cuda);

    /// <summary>Logits, vectors and predictions are float32 of the shapes that the interfaces name.</summary>
    [SkippableFact]
    public void Outputs_have_their_shapes() => Keeps(CapabilityChecks.Shapes);

    /// <summary>An example's output does not depend on its place in the batch.</summary>
    [SkippableFact]
    public void Order_in_a_batch_is_free() => Keeps(CapabilityChecks.Order);

    /// <summary>What an output is computed from is gone when the caller's dispose scope ends.</summary>
    [SkippableFact]
    public void Outputs_belong_to_the_callers_scope() => Keeps(CapabilityChecks.Ownership);

    /// <summary>Logits with a key/value cache, filled in pieces and cut back, equal those without.</summary>
    [SkippableFact]
    public void The_cache_changes_nothing() => Keeps(CapabilityChecks.Cache);

    /// <summary>Rows of a cache have lengths of their own, and can be added, removed, reordered, repeated and cut back one by one.</summary>
    [SkippableFact]
    public void Cache_rows_are_independent() => Keeps(CapabilityChecks.CacheRows);

    /// <summary>Logits at a position do not depend on later tokens, and lastOnly gives the last of them.</summary>
    [SkippableFact]
    public void No_token_sees_the_next() => Keeps(CapabilityChecks.Causality);

    /// <summary>Tokens that the attention mask hides on the left do not change the logits of the others.</summary>
    [SkippableFact]
    public void Padding_changes_nothing() => Keeps(CapabilityChecks.Padding);

    /// <summary>More tokens than the context or the cache holds are refused with a ModelException.</summary>
    [SkippableFact]
    public void Too_long_inputs_are_refused() => Keeps(CapabilityChecks.Context);

    /// <summary>Prompts of length zero change nothing, longer ones do, and their gradients arrive.</summary>
    [SkippableFact]
    public void Prompts_steer_and_empty_ones_change_nothing() => Keeps(CapabilityChecks.Prompts);

    /// <summary>Log-probabilities of sampled actions equal those of Evaluate, and a rollout is a function of its random numbers.</summary>
    [SkippableFact]
    public void Sampled_probabilities_recompute() => Keeps(CapabilityChecks.Policy);

    /// <summary>AlphasCumulative falls and stays in (0, 1].</summary>
    [SkippableFact]
    public void Noise_grows_with_time() => Keeps(CapabilityChecks.NoiseLevels);

    /// <summary>A delta on a linear map changes the loss as a change of its weight does, and a reset one nothing.</summary>
    [SkippableFact]
    public void Linear_maps_take_deltas() => Keeps(CapabilityChecks.Deltas);
}
