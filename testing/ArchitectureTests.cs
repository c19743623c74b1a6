using Tenon.Conformance;
using Xunit;

namespace Tenon.Testing;

/// <summary>
/// The contract of an architecture as xUnit facts. Inherit this class and pass the component; facts about capabilities that the
/// models lack are skipped. Torch's generator is global to the process: run the tests of the assembly sequentially
/// (<c>[assembly: CollectionBehavior(DisableTestParallelization = true)]</c>).
/// </summary>
/// <typeparam name="TOptions">The options of the component.</typeparam>
/// <typeparam name="TModel">The model class.</typeparam>
public abstract class ArchitectureTests<TOptions, TModel> : Conformance<ArchitectureSubject>
    where TOptions : class, new()
    where TModel : class, IModel
{
    /// <summary>The component.</summary>
    protected abstract IArchitecture<TOptions, TModel> Architecture { get; }

    /// <summary>Options of a small model; null for the class's <see cref="ComponentAttribute.TestSettings"/>.</summary>
    protected virtual TOptions? Options => null;

    /// <summary>Facts about the data. Default: two classes and gray images of 8 × 8.</summary>
    protected virtual DataFacts Data => ArchitectureSubject.ToyFacts;

    /// <inheritdoc/>
    protected override ArchitectureSubject Subject() => ArchitectureSubject.Of(Architecture, Options, Data);

    /// <summary>Resolving resolved options does not change them.</summary>
    [SkippableFact]
    public void Resolving_options_is_idempotent() => Verify(ModelChecks.Resolves);

    /// <summary>Read(Describe(options)) builds a model with the same tensors.</summary>
    [SkippableFact]
    public void Configuration_round_trips() => Verify(ModelChecks.Describes);

    /// <summary>On the meta device a model has the same tensors, none of them allocated.</summary>
    [SkippableFact]
    public void Planning_does_not_allocate_memory() => Verify(ModelChecks.BuildsOnMeta);

    /// <summary>Two models built with the same seed have equal parameters.</summary>
    [SkippableFact]
    public void The_seed_determines_the_parameters() => Verify(ModelChecks.BuildsFromSeed);

    /// <summary>A batch is a function of examples, mode and seed, and reports the number of its examples.</summary>
    [SkippableFact]
    public void Batches_are_deterministic() => Verify(ModelChecks.Collates);

    /// <summary>The loss of each example type is a finite float32 scalar with a graph, and deterministic for a seed.</summary>
    [SkippableFact]
    public void The_loss_is_a_deterministic_scalar() => Verify(ModelChecks.Losses);

    /// <summary>Each parameter gets a finite gradient from at least one example type.</summary>
    [SkippableFact]
    public void Every_parameter_gets_a_gradient() => Verify(ModelChecks.Gradients);

    /// <summary>The target-weighted mean loss of two half batches equals the loss of the whole batch.</summary>
    [SkippableFact]
    public void The_loss_is_a_mean_over_targets() => Verify(ModelChecks.Means);

    /// <summary>
    /// In training, the target-weighted mean loss of the parts of a batch with RowTargets equals the loss of the whole batch with the
    /// same random numbers.
    /// </summary>
    [SkippableFact]
    public void Batches_can_be_divided() => Verify(DivisionChecks.Rows);

    /// <summary>Rows that a policy samples in parts are those that it samples in one batch with the same random numbers.</summary>
    [SkippableFact]
    public void Rollouts_can_be_divided() => Verify(DivisionChecks.Rollouts);

    /// <summary>
    /// In training, two stages of a model with layers compute its loss and gradients with the same random numbers, and leave torch's
    /// generator in the same state. The backward pass reports each layer when its gradients are complete.
    /// </summary>
    [SkippableFact]
    public void Layers_can_be_divided() => Verify(DivisionChecks.Layers);

    /// <summary>After saving and loading, the parameters and the loss are unchanged.</summary>
    [SkippableFact]
    public void Saves_and_loads() => Verify(ModelChecks.Saves);

    /// <summary>After disposing a loss, its gradients and the batch, no tensor is left.</summary>
    [SkippableFact]
    public void Does_not_leak_tensors() => Verify(ModelChecks.Frees);

    /// <summary>With matrix products in bfloat16 the loss is float32 and within 5 % of the float32 loss.</summary>
    [SkippableFact]
    public void Bfloat16_is_close() => Verify(ModelChecks.Bfloat16);

    /// <summary>The loss on a CUDA device equals the loss on the CPU.</summary>
    [SkippableFact]
    public void Cuda_matches_the_CPU() => Verify(ModelChecks.Cuda);

    /// <summary>
    /// A description for GGUF names each tensor of the state dictionary differently, and interleaves the halves of whole heads.
    /// </summary>
    [SkippableFact]
    public void Exports_every_tensor() => Verify(ModelChecks.Exports);

    /// <summary>Logits, vectors and predictions are float32 and have the shapes that the interfaces specify.</summary>
    [SkippableFact]
    public void Outputs_have_the_specified_shapes() => Verify(CapabilityChecks.Shapes);

    /// <summary>An example's output does not depend on its position in the batch.</summary>
    [SkippableFact]
    public void Batch_order_is_irrelevant() => Verify(CapabilityChecks.Order);

    /// <summary>All intermediate tensors of an output are disposed with the caller's dispose scope.</summary>
    [SkippableFact]
    public void Outputs_are_in_the_callers_scope() => Verify(CapabilityChecks.Ownership);

    /// <summary>Logits with a key/value cache, filled in pieces and truncated, equal those without a cache.</summary>
    [SkippableFact]
    public void Cached_logits_equal_uncached_ones() => Verify(CapabilityChecks.Cache);

    /// <summary>Cache rows have independent lengths and can be added, removed, reordered, repeated and truncated individually.</summary>
    [SkippableFact]
    public void Cache_rows_are_independent() => Verify(CapabilityChecks.CacheRows);

    /// <summary>EndOfText of a language model has the ids of BuildContext.EndOfText.</summary>
    [SkippableFact]
    public void Texts_end_at_the_ids_of_the_folder() => Verify(CapabilityChecks.EndOfText);

    /// <summary>Logits at a position do not depend on later tokens, and lastOnly returns the last of them.</summary>
    [SkippableFact]
    public void Attention_is_causal() => Verify(CapabilityChecks.Causality);

    /// <summary>Left padding, hidden by the attention mask, does not change the logits of the other tokens.</summary>
    [SkippableFact]
    public void Padding_is_ignored() => Verify(CapabilityChecks.Padding);

    /// <summary>Inputs longer than the context or the cache are refused with a ModelException.</summary>
    [SkippableFact]
    public void Long_inputs_are_refused() => Verify(CapabilityChecks.Context);

    /// <summary>Prompts of length zero have no effect; longer prompts do, and receive gradients.</summary>
    [SkippableFact]
    public void Prompts_take_effect_and_empty_ones_do_not() => Verify(CapabilityChecks.Prompts);

    /// <summary>
    /// Log-probabilities of sampled actions equal those of Evaluate, and a rollout is a function of its random numbers.
    /// </summary>
    [SkippableFact]
    public void Log_probabilities_are_reproducible() => Verify(CapabilityChecks.Policy);

    /// <summary>Each row of a cache attends to its own source, whatever the lengths of the others and wherever it is moved.</summary>
    [SkippableFact]
    public void Cache_rows_keep_their_sources() => Verify(EncoderDecoderChecks.Sources);

    /// <summary>
    /// Logits without a source equal those of a cache whose sources are empty, and a source that is too long is refused.
    /// </summary>
    [SkippableFact]
    public void A_cache_without_sources_has_the_empty_source() => Verify(EncoderDecoderChecks.EmptySource);

    /// <summary>AlphasCumulative decreases and stays in (0, 1].</summary>
    [SkippableFact]
    public void Noise_grows_with_time() => Verify(CapabilityChecks.NoiseLevels);

    /// <summary>A delta on a linear map has the same effect on the loss as changing its weight; removing it restores the loss.</summary>
    [SkippableFact]
    public void Linear_maps_apply_deltas() => Verify(CapabilityChecks.Deltas);
}
