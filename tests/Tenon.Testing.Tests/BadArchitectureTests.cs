using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Tenon.Testing.Tests;

/// <summary>For each promise a toy that breaks it, and what the check says.</summary>
public sealed class BadArchitectureTests
{
    [Fact]
    public void Options_that_change_on_each_resolve() =>
        Breaks(ModelChecks.Resolves, new Drifting(), "*Resolved once*\"Level\":1*twice*\"Level\":2*");

    [Fact]
    public void A_configuration_that_forgets_a_size() =>
        Breaks(ModelChecks.Describes, new Forgetful(), "*different tensors*extra*");

    [Fact]
    public void A_planned_model_with_real_memory() =>
        Breaks(ModelChecks.BuildsOnMeta, new ToyArchitecture(_ => new ToyModel()), "*allocated*tokens*");

    [Fact]
    public void Parameters_that_ignore_the_seed()
    {
        int built = 0;
        Breaks(ModelChecks.BuildsFromSeed, new ToyArchitecture(_ => new Faulty(extra: zeros(2).fill_(built++))), "*'extra'*differ*");
    }

    [Fact]
    public void Batches_that_ignore_the_seed() =>
        Breaks(ModelChecks.Collates, new ToyArchitecture(_ => new RandomBatches()), "*'input_ids' in two batches of the same TokenBlocks*");

    [Fact]
    public void A_loss_without_a_graph() =>
        Breaks(ModelChecks.Losses, new ToyArchitecture(_ => new Faulty(loss: l => l.detach())), "*no graph*");

    [Fact]
    public void A_loss_that_is_not_finite() =>
        Breaks(ModelChecks.Losses, new ToyArchitecture(_ => new Faulty(loss: l => l / 0)), "*Infinity*");

    [Fact]
    public void A_parameter_that_no_loss_reaches() =>
        Breaks(ModelChecks.Gradients, new ToyArchitecture(_ => new Faulty(extra: zeros(2))), "*no gradient: extra*");

    [Fact]
    public void A_loss_that_is_a_sum() =>
        Breaks(ModelChecks.Means, new ToyArchitecture(_ => new SummedLoss()), "*in halves and in one batch*");

    [Fact]
    public void Weights_that_are_lost_on_loading() =>
        Breaks(ModelChecks.Saves, new Renaming(), "*query.weight*");

    [Fact]
    public void A_tensor_that_stays_alive() =>
        Breaks(ModelChecks.Frees, new ToyArchitecture(_ => new Faulty(loss: l => { (l * 2).DetachFromDisposeScope(); return l; })),
            "*leaves*tensors alive*");

    [Fact]
    public void A_loss_in_another_type() =>
        Breaks(ModelChecks.Bfloat16, new ToyArchitecture(_ => new Faulty(loss: l => l.to(ScalarType.BFloat16))),
            "*BFloat16*must be Float32*");

    [Fact]
    public void Logits_of_another_shape() =>
        Breaks(CapabilityChecks.Shapes, new ToyArchitecture(_ => new Faulty(logits: l => l.narrow(2, 0, 39))), "*Logits is*39*must be*40*");

    [Fact]
    public void Outputs_that_depend_on_the_place_in_the_batch() =>
        Breaks(CapabilityChecks.Order, new ToyArchitecture(_ => new Faulty(logits: l => l + arange(l.size(0)).view(-1, 1, 1))),
            "*two orders*");

    [Fact]
    public void Outputs_that_outlive_the_callers_scope() =>
        Breaks(CapabilityChecks.Ownership, new ToyArchitecture(_ => new Faulty(logits: l => l.clone().DetachFromDisposeScope())),
            "*after the caller's dispose scope*");

    [Fact]
    public void A_cache_that_is_forgotten() =>
        Breaks(CapabilityChecks.Cache, new ToyArchitecture(_ => new WithoutCache()), "*cache*");

    [Fact]
    public void A_cache_whose_rows_have_one_length() =>
        Breaks(CapabilityChecks.CacheRows, new ToyArchitecture(_ => new WithoutRows()), "*Rows of 3, 1, 2, 3 tokens are reported as*");

    [Fact]
    public void Texts_that_do_not_end_at_the_ids_of_the_folder() =>
        Breaks(CapabilityChecks.EndOfText, new ToyArchitecture(_ => new ToyModel()), "EndOfText lacks 1, 2 *");

    [Fact]
    public void A_token_that_sees_the_next() =>
        Breaks(CapabilityChecks.Causality, new ToyArchitecture(_ => new Faulty(logits: l => l + l.mean([1L], keepdim: true))),
            "*different endings*");

    [Fact]
    public void Padding_that_is_seen() =>
        Breaks(CapabilityChecks.Padding, new ToyArchitecture(_ => new WithoutMask()), "*with and without padding*");

    [Fact]
    public void Too_long_inputs_that_are_cut() =>
        Breaks(CapabilityChecks.Context, new ToyArchitecture(_ => new Cutting()), "*25 tokens*not refused*");

    [Fact]
    public void A_prompt_that_does_nothing() =>
        Breaks(CapabilityChecks.Prompts, new ToyArchitecture(_ => new WithoutPrompt()), "*has no effect*");

    [Fact]
    public void Probabilities_at_another_temperature() =>
        Breaks(CapabilityChecks.Policy, new ToyArchitecture(_ => new Misjudging()), "*sampled and recomputed*");

    [Fact]
    public void A_delta_that_is_not_added() =>
        Breaks(CapabilityChecks.Deltas, new ToyArchitecture(_ => new WithoutDeltas()), "*delta*");

    [Fact]
    public void A_tensor_without_a_name_in_GGUF() =>
        Breaks(ModelChecks.Exports, new ToyArchitecture(_ => new Unnamed()),
            "DescribeGguf does not name query.weight*several tensors the name other*");

    [Fact]
    public void A_promise_that_does_not_apply_is_skipped()
    {
        Verdict verdict = CapabilityChecks.NoiseLevels.Run(ArchitectureSubject.Of(new ToyArchitecture(), new ToyOptions()));

        verdict.Should().Be(new Verdict(CheckOutcome.Skipped, "The model is not an IDenoiser."));
    }

    private static void Breaks(Check<ArchitectureSubject> check, ToyArchitecture architecture, string reason)
    {
        Verdict verdict = check.Run(ArchitectureSubject.Of(architecture, new ToyOptions()));

        verdict.Outcome.Should().Be(CheckOutcome.Failed);
        verdict.Reason.Should().Match(reason);
    }

    private sealed class Drifting : ToyArchitecture
    {
        public override ToyOptions Resolve(ToyOptions options, ModelFacts facts) => options with { Level = options.Level + 1 };
    }

    private sealed class Forgetful : ToyArchitecture
    {
        public override ToyOptions Resolve(ToyOptions options, ModelFacts facts) => options;

        public override ToyModel Build(ToyOptions options, BuildContext context) =>
            options.Level == 7 ? new ToyModel() : new Faulty(extra: zeros(2));

        public override ToyOptions Read(ModelConfiguration configuration) => new() { Level = 7 };
    }

    private sealed class Renaming : ToyArchitecture
    {
        public override string? WeightName(string name) => name == "query.weight" ? "query.weights" : name;
    }

    /// <summary>Changes what comes out.</summary>
    private sealed class Faulty : ToyModel
    {
        private readonly Func<Tensor, Tensor>? loss, logits;
        private readonly Parameter? extra;

        public Faulty(Func<Tensor, Tensor>? loss = null, Func<Tensor, Tensor>? logits = null, Tensor? extra = null)
        {
            (this.loss, this.logits) = (loss, logits);
            if (extra is null)
                return;
            this.extra = new Parameter(extra);
            register_parameter(nameof(extra), this.extra);
        }

        public override Tensor Loss(Batch batch) => loss?.Invoke(base.Loss(batch)) ?? base.Loss(batch);

        public override Tensor Logits(Tensor inputIds, Tensor? attentionMask = null, IKeyValueCache? cache = null, bool lastOnly = false)
        {
            Tensor right = base.Logits(inputIds, attentionMask, cache, lastOnly);
            return logits?.Invoke(right) ?? right;
        }
    }

    private sealed class Unnamed : ToyModel, IGgufModel
    {
        public GgufLayout DescribeGguf() => new("toy")
        {
            Tensors = state_dict().Keys.Where(name => name != "query.weight").ToDictionary(name => name, _ => new GgufTensor("other")),
        };
    }

    private sealed class RandomBatches : ToyModel
    {
        public override Batch Collate(IReadOnlyList<TokenBlock> examples, CollateContext context) => new(
            new Dictionary<string, Tensor> { [BatchNames.InputIds] = randint(0, 40, [4, 3]) }, examples.Count, 1);
    }

    private sealed class SummedLoss : ToyModel
    {
        public override Tensor Loss(Batch batch) => base.Loss(batch) * batch.Targets;
    }

    private sealed class WithoutCache : ToyModel
    {
        public override Tensor Logits(Tensor inputIds, Tensor? attentionMask = null, IKeyValueCache? cache = null, bool lastOnly = false) =>
            base.Logits(inputIds, attentionMask, null, lastOnly);
    }

    private sealed class WithoutRows : ToyModel
    {
        // Padding is taken in as if it were tokens.
        public override Tensor Logits(Tensor inputIds, Tensor? attentionMask = null, IKeyValueCache? cache = null, bool lastOnly = false) =>
            base.Logits(inputIds, cache is null ? attentionMask : null, cache, lastOnly);
    }

    private sealed class WithoutMask : ToyModel
    {
        protected override Tensor Hidden(Tensor ids, Tensor? mask) => base.Hidden(ids, null);
    }

    private sealed class Cutting : ToyModel
    {
        public override Tensor Logits(Tensor inputIds, Tensor? attentionMask = null, IKeyValueCache? cache = null, bool lastOnly = false) =>
            base.Logits(inputIds.narrow(1, 0, Math.Min(24, inputIds.size(1))), attentionMask, cache, lastOnly);
    }

    private sealed class WithoutPrompt : ToyModel
    {
        protected override Tensor Hidden(Tensor ids, Tensor? mask)
        {
            (Prompt? prompt, Prompt) = (Prompt, null);
            Tensor hidden = base.Hidden(ids, mask);
            Prompt = prompt;
            return prompt?.Embeddings is { } e ? hidden + e.sum() * 0 : hidden;
        }
    }

    private sealed class Misjudging : ToyModel
    {
        public override PolicyEvaluation Evaluate(Rollout rollout, SamplingOptions options) =>
            base.Evaluate(rollout, options with { Temperature = 2 });
    }

    private sealed class WithoutDeltas : ToyModel
    {
        public override Tensor Loss(Batch batch)
        {
            ILinearMap[] maps = [.. named_modules().Select(m => m.module).OfType<ILinearMap>()];
            Func<Tensor, Tensor>?[] deltas = [.. maps.Select(m => m.Delta)];
            foreach (ILinearMap map in maps)
                map.Delta = null;
            Tensor loss = base.Loss(batch);
            for (int i = 0; i < maps.Length; i++)
                maps[i].Delta = deltas[i];
            return loss;
        }
    }
}
