using TorchSharp;
using static Tenon.Conformance.ArchitectureSubject;
using static TorchSharp.torch;

namespace Tenon.Conformance;

using ArchitectureCheck = Check<ArchitectureSubject>;

/// <summary>Checks of the capability interfaces. Checks of capabilities that the model lacks are skipped.</summary>
public static class CapabilityChecks
{
    private const double Rounding = 2e-4;

    /// <summary>Outputs have the shapes that the interfaces specify.</summary>
    public static ArchitectureCheck Shapes { get; } =
        new("output shapes", "Logits, vectors and predictions are float32 and have the shapes that the interfaces specify.", subject =>
    {
        using IModel model = subject.Build();
        return Compare.All(Outputs(subject, model).Select(output =>
        {
            using DisposeScope scope = NewDisposeScope();
            using Batch batch = output.Batch([0, 1, 2, 3]);
            Tensor found = output.Of(batch);
            return Compare.Has(found, output.Name, output.Shape(batch));
        }));
    });

    /// <summary>An example's output does not depend on its position in the batch.</summary>
    public static ArchitectureCheck Order { get; } =
        new("batch order is irrelevant", "An example's output does not depend on its position in the batch.", subject =>
    {
        using IModel model = subject.Build();
        using var untracked = no_grad();
        return Compare.All(Outputs(subject, model).Select(output =>
        {
            using DisposeScope scope = NewDisposeScope();
            using Batch forth = output.Batch([0, 1, 2, 3]), back = output.Batch([3, 2, 1, 0]);
            return Compare.Near(output.Of(back).flip(0), output.Of(forth), Rounding, $"{output.Name} in two orders");
        }));
    });

    /// <summary>Outputs live in the caller's dispose scope.</summary>
    public static ArchitectureCheck Ownership { get; } = new("outputs are in the caller's scope",
        "All intermediate tensors of an output are disposed with the caller's dispose scope.", subject =>
    {
        using IModel model = subject.Build();
        return Compare.All(Outputs(subject, model).Select(output =>
        {
            using Batch batch = output.Batch([0, 1, 2, 3]);
            long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
            using (NewDisposeScope())
                output.Of(batch);
            long left = DisposeScopeManager.Statistics.ThreadTotalLiveCount - before;
            return left <= 0 ? Verdict.Passed
                : Verdict.Fail($"{output.Name} leaves {left} tensors alive after the caller's dispose scope.");
        }));
    });

    /// <summary>Cached logits equal uncached ones.</summary>
    public static ArchitectureCheck Cache { get; } = new("cached logits equal uncached ones",
        "Logits with a key/value cache, filled in pieces and truncated, equal those without a cache.", subject =>
    {
        using DisposeScope scope = NewDisposeScope();
        using IModel model = subject.Build();
        using var untracked = no_grad();
        ICausalLanguageModel language = As<ICausalLanguageModel>(model);
        Tensor ids = Ids(language.VocabularySize, 2, 6);
        Tensor whole = language.Logits(ids);
        using IKeyValueCache cache = language.NewCache(2, 6);
        Tensor pieces = cat([language.Logits(ids.narrow(1, 0, 3), cache: cache), language.Logits(ids.narrow(1, 3, 2), cache: cache),
            language.Logits(ids.narrow(1, 5, 1), cache: cache, lastOnly: true)], 1);
        if (!cache.Lengths.SequenceEqual([6, 6]))
            return Verdict.Fail($"After 6 tokens in each of 2 rows, the cache reports lengths of {string.Join(", ", cache.Lengths)}.");
        cache.Truncate(0, 3);
        cache.Truncate(1, 3);
        return Compare.All(
            Compare.Near(pieces, whole, Rounding, "Logits with and without a cache"),
            Compare.Near(language.Logits(ids.narrow(1, 3, 3), cache: cache), whole.narrow(1, 3, 3), Rounding,
                "Logits after truncating the cache and without a cache"));
    });

    /// <summary>Rows of a cache are independent.</summary>
    public static ArchitectureCheck CacheRows { get; } = new("cache rows are independent",
        "Cache rows have independent lengths and can be added, removed, reordered, repeated and truncated individually.", subject =>
    {
        using DisposeScope scope = NewDisposeScope();
        using IModel model = subject.Build();
        using var untracked = no_grad();
        ICausalLanguageModel language = As<ICausalLanguageModel>(model);
        Tensor ids = Ids(language.VocabularySize, 3, 6);
        Tensor whole = language.Logits(ids);
        using IKeyValueCache cache = language.NewCache(2, 6), added = language.NewCache(1, 6);
        // Row 0 gets 4 tokens, row 1 only the last two columns, after padding.
        Tensor mask = tensor(new long[] { 1, 1, 1, 1, 0, 0, 1, 1 }, [2, 4]);
        language.Logits(stack([ids[0].narrow(0, 0, 4), cat([ids[2].narrow(0, 0, 2), ids[1].narrow(0, 0, 2)], 0)], 0), mask, cache);
        language.Logits(ids.narrow(0, 2, 1).narrow(1, 0, 3), cache: added);
        cache.Add(added);
        cache.Truncate(0, 1);
        cache.Select([2, 0, 1, 2]);
        int[] lengths = [3, 1, 2, 3];
        if (!cache.Lengths.SequenceEqual(lengths))
            return Verdict.Fail($"Rows of {string.Join(", ", lengths)} tokens are reported as {string.Join(", ", cache.Lengths)}.");
        int[] rows = [2, 0, 1, 2];
        Verdict verdict = Verdict.Passed;
        for (int step = 0; step < 2; step++)
        {
            Tensor next = stack([.. rows.Select((row, at) => ids[row, lengths[at] + step])], 0).unsqueeze(1); // [4, 1]
            Tensor expected = stack([.. rows.Select((row, at) => whole[row, lengths[at] + step])], 0).unsqueeze(1); // [4, 1, V]
            verdict = Compare.All(verdict, Compare.Near(language.Logits(next, cache: cache), expected, Rounding,
                "Logits with cached rows of different lengths and without a cache"));
        }

        return verdict;
    });

    /// <summary>Texts end at the ids of the model's folder.</summary>
    public static ArchitectureCheck EndOfText { get; } = new(
        "texts end at the folder's ids", "EndOfText of a language model has the ids of BuildContext.EndOfText.", subject =>
    {
        int[] ids = [1, 2];
        using IModel model = subject.Build(endOfText: ids);
        int[] lacking = [.. ids.Except(As<ICausalLanguageModel>(model).EndOfText)];
        return lacking.Length == 0 ? Verdict.Passed
            : Verdict.Fail(
                $"EndOfText lacks {string.Join(", ", lacking)} of BuildContext.EndOfText, so that generated texts do not end there. " +
                "Return these ids, and the architecture's own.");
    });

    /// <summary>A token does not attend to later tokens.</summary>
    public static ArchitectureCheck Causality { get; } =
        new("attention is causal", "Logits at a position do not depend on later tokens, and lastOnly returns the last of them.", subject =>
    {
        using DisposeScope scope = NewDisposeScope();
        using IModel model = subject.Build();
        using var untracked = no_grad();
        ICausalLanguageModel language = As<ICausalLanguageModel>(model);
        Tensor ids = Ids(language.VocabularySize, 2, 6), changed = ids.clone();
        changed.narrow(1, 4, 2).copy_((ids.narrow(1, 4, 2) + 1).remainder(language.VocabularySize));
        Tensor whole = language.Logits(ids);
        return Compare.All(
            Compare.Near(language.Logits(changed).narrow(1, 0, 4), whole.narrow(1, 0, 4), Rounding, "Logits before different endings"),
            Compare.Near(language.Logits(ids, lastOnly: true), whole.narrow(1, 5, 1), Rounding, "Logits of lastOnly and the last logits"));
    });

    /// <summary>Left padding does not change the logits.</summary>
    public static ArchitectureCheck Padding { get; } =
        new("padding is ignored", "Left padding, hidden by the attention mask, does not change the logits of the other tokens.", subject =>
    {
        using DisposeScope scope = NewDisposeScope();
        using IModel model = subject.Build();
        using var untracked = no_grad();
        ICausalLanguageModel language = As<ICausalLanguageModel>(model);
        Tensor ids = Ids(language.VocabularySize, 1, 4), padded = cat([Ids(language.VocabularySize, 1, 2, seed: 12), ids], 1);
        Tensor mask = tensor(new long[] { 0, 0, 1, 1, 1, 1 }, [1, 6]);
        return Compare.Near(language.Logits(padded, mask)
            .narrow(1, 2, 4), language.Logits(ids), Rounding, "Logits with and without padding");
    });

    /// <summary>Inputs longer than the context are refused.</summary>
    public static ArchitectureCheck Context { get; } =
        new("long inputs are refused", "Inputs longer than the context or the cache are refused with a ModelException.", subject =>
    {
        using DisposeScope scope = NewDisposeScope();
        using IModel model = subject.Build();
        using var untracked = no_grad();
        ICausalLanguageModel language = As<ICausalLanguageModel>(model);
        using IKeyValueCache cache = language.NewCache(1, 2);
        return Compare.All(
            Refused(() => language.Logits(Ids(language.VocabularySize, 1, 3), cache: cache), "3 tokens for a cache of 2"),
            language.ContextLength > 100_000 ? Verdict.Passed
                : Refused(() => language.Logits(Ids(language.VocabularySize, 1, language.ContextLength + 1)),
                    $"{language.ContextLength + 1} tokens for a context of {language.ContextLength}"));
    });

    /// <summary>Prompts of length zero have no effect; longer prompts do.</summary>
    public static ArchitectureCheck Prompts { get; } =
        new("prompts take effect", "Prompts of length zero have no effect; longer prompts do, and receive gradients.", subject =>
    {
        using DisposeScope scope = NewDisposeScope();
        using IModel model = subject.Build();
        IPromptTunable tunable = As<IPromptTunable>(model);
        PromptShape shape = tunable.PromptShape;
        ExampleKind kind = subject.Kinds(model)[0];
        Tensor embeddings = randn([2, shape.EmbeddingSize])
            .requires_grad_(), prefix = randn([shape.Layers, 2, shape.Heads, 2, shape.HeadSize]).requires_grad_();
        // Virtual tokens occupy context positions, so the batch leaves room for them.
        tunable.Prompt = new Prompt(embeddings, prefix);
        using Batch batch = subject.Batch(model, kind);
        tunable.Prompt = null;
        Tensor plain = Loss();
        tunable.Prompt = new Prompt(zeros(0, shape.EmbeddingSize), zeros([shape.Layers, 2, shape.Heads, 0, shape.HeadSize]));
        Tensor empty = Loss();
        Verdict verdict = Compare.Near(empty, plain, 0, "Losses without a prompt and with one of length zero");
        foreach ((string what, Prompt prompt, Tensor[] parts) in new (string, Prompt, Tensor[])[]
            { ("embeddings", new Prompt(Embeddings: embeddings), [embeddings]), ("prefixes", new Prompt(KeyValues: prefix), [prefix]) })
        {
            tunable.Prompt = prompt;
            Tensor steered = Loss();
            steered.backward();
            verdict = Compare.All(verdict,
                Compare.Difference(steered, plain) > 0 ? Verdict.Passed : Verdict.Fail($"A prompt of two {what} has no effect."),
                parts.All(p => p.grad is { } g && g.abs().sum().item<float>() > 0)
                    ? Verdict.Passed : Verdict.Fail($"No gradient reaches a prompt's {what}."));
        }

        tunable.Prompt = null;
        return Compare.All(verdict, Compare.Near(Loss(), plain, 0, "Losses before setting a prompt and after removing it"));

        Tensor Loss()
        {
            using (manual_seed(5))
                return model.Loss(batch);
        }
    });

    /// <summary>Log-probabilities of sampled actions equal recomputed ones.</summary>
    public static ArchitectureCheck Policy { get; } = new("log-probabilities are reproducible",
        "Log-probabilities of sampled actions equal those of Evaluate, and a rollout is a function of its random numbers.", subject =>
    {
        using DisposeScope scope = NewDisposeScope();
        using IModel model = subject.Build();
        IPolicy policy = As<IPolicy>(model);
        // A denoiser samples noise, which has no temperature.
        var options = new SamplingOptions { MaxNewTokens = 5, Temperature = model is IDenoiser ? 1 : 0.8 };
        ExampleKind kind = subject.Kinds(model).FirstOrDefault(k => k.Name == nameof(PromptExample)) ?? subject.Kinds(model)[0];
        using Batch inputs = subject.Batch(model, kind);
        using Rollout rollout = policy.Sample(inputs, options, new SeededRandom(5)),
        again = policy.Sample(inputs, options, new SeededRandom(5));
        PolicyEvaluation evaluation = policy.Evaluate(rollout, options);
        return Compare.All(
            Compare.Near(rollout.Mask, rollout.Mask.ne(0)
                .to(ScalarType.Float32), 0, "The mask of a rollout and its copy with only 0 and 1"),
            Compare.Near(again.LogProbabilities, rollout.LogProbabilities, 0,
                "Log-probabilities of two rollouts with the same random numbers"),
            Compare.Near(evaluation.LogProbabilities * rollout.Mask, rollout.LogProbabilities * rollout.Mask, Rounding,
                "Log-probabilities sampled and recomputed"),
            evaluation.LogProbabilities.requires_grad
                ? Verdict.Passed : Verdict.Fail("Evaluate returns log-probabilities without a graph."),
            Compare.Has(evaluation.Features, "Features", rollout.Mask.size(0), rollout.Mask.size(1), policy.FeatureSize));
    });

    /// <summary>The noise schedule of a denoiser is monotonic.</summary>
    public static ArchitectureCheck NoiseLevels { get; } =
        new("noise grows with time", "AlphasCumulative decreases and stays in (0, 1].", subject =>
    {
        using IModel model = subject.Build();
        IReadOnlyList<double> alphas = As<IDenoiser>(model).AlphasCumulative;
        return alphas.Count > 0 && alphas.All(a => a is > 0 and <= 1) && alphas.Zip(alphas.Skip(1)).All(p => p.Second <= p.First)
            ? Verdict.Passed
            : Verdict.Fail($"The {alphas.Count} values do not decrease within (0, 1].");
    });

    /// <summary>A linear map adds its delta.</summary>
    public static ArchitectureCheck Deltas { get; } = new("linear maps apply deltas",
        "A delta on a linear map has the same effect on the loss as changing its weight; removing it restores the loss.", subject =>
    {
        using DisposeScope scope = NewDisposeScope();
        using IModel model = subject.Build();
        (string name, ILinearMap? map) = model.Module.named_modules().Where(m => m.module is ILinearMap)
            .Select(m => (m.name, (ILinearMap?)m.module)).FirstOrDefault();
        if (map is null)
            return Verdict.Skip("The model has no ILinearMap.");
        using Batch batch = subject.Batch(model, subject.Kinds(model)[0]);
        Tensor plain = Loss();
        map.Delta = x => nn.functional.linear(x, map.Transposed ? map.Weight.t() * 0.5 : map.Weight * 0.5);
        Tensor changed = Loss();
        map.Delta = null;
        Tensor reset = Loss();
        using (no_grad())
            map.Weight.mul_(1.5);
        return Compare.All(
            Compare.Near(reset, plain, 0, $"Losses before and after a delta on '{name}'"),
            Compare.Near(changed, Loss(), Rounding, $"Losses with a delta on '{name}' and with its weight changed equally"));

        Tensor Loss()
        {
            using (manual_seed(5))
                return model.Loss(batch);
        }
    });

    /// <summary>All capability checks.</summary>
    public static IReadOnlyList<ArchitectureCheck> All { get; } =
        [Shapes, Order, Ownership, Cache, CacheRows, EndOfText, Causality, Padding, Context, Prompts, Policy, NoiseLevels, Deltas, .. EncoderDecoderChecks.All];

    private sealed record Output(string Name, Func<int[], Batch> Batch, Func<Batch, Tensor> Of, Func<Batch, long[]> Shape);

    private static List<Output> Outputs(ArchitectureSubject subject, IModel model)
    {
        IReadOnlyList<ExampleKind> kinds = ToyExamples.Kinds.Any(k => k.Fits(model)) ? subject.Kinds(model) : [];
        var outputs = new List<Output>();
        if (model is ICausalLanguageModel causal && Kind(nameof(TokenBlock)) is { } text)
            outputs.Add(new("Logits", Of(text), b => causal.Logits(b[BatchNames.InputIds], b.Find(BatchNames.AttentionMask)),
                b => [4, b[BatchNames.InputIds].size(1), causal.VocabularySize]));
        if (model is IMaskedLanguageModel masked && Kind(nameof(TokenBlock)) is { } blocks)
            outputs.Add(new("TokenLogits", Of(blocks), masked.TokenLogits,
                b => [4, b[BatchNames.InputIds].size(1), masked.VocabularySize]));
        if (model is IClassifier { Labels.Count: > 0 } classifier
            && Kind(nameof(LabelledTextExample), nameof(ImageExample)) is { } labelled)
            outputs.Add(new("ClassLogits", Of(labelled), classifier.ClassLogits, _ => [4, classifier.Labels.Count]));
        if (model is IQuestionAnswerer answerer && Kind(nameof(QuestionAnswerExample)) is { } questions)
            outputs.Add(new("SpanLogits", Of(questions), answerer.SpanLogits, b => [4, b[BatchNames.InputIds].size(1), 2]));
        if (model is IEmbedder embedder && kinds.Count > 0)
            outputs.Add(new("Embed", Of(kinds[0]), embedder.Embed, _ => [4, embedder.EmbeddingSize]));
        if (model is IDenoiser denoiser)
            outputs.Add(new("Predict", n => Noise(denoiser, n), b => denoiser.Predict(b["sample"], b["timesteps"],
                b.Find("classes") is { } classes ? new() { ClassLabels = classes } : null), b => b["sample"].shape));
        return outputs.Count > 0 ? outputs : throw new NotApplicableException("None of the model's capabilities has its own output.");

        ExampleKind? Kind(params string[] names) => kinds.FirstOrDefault(k => names.Contains(k.Name));
        Func<int[], Batch> Of(ExampleKind kind) => numbers => subject.Batch(model, kind, numbers: numbers);
    }

    private static Batch Noise(IDenoiser model, int[] numbers)
    {
        (int channels, int height, int width) = model.SampleSize;
        var tensors = new Dictionary<string, Tensor>
        {
            ["sample"] = stack(numbers.Select(n => randn([channels, height, width], generator: new Generator((ulong)n)))),
            ["timesteps"] = tensor(numbers.Select(n => (long)(n * (model.AlphasCumulative.Count - 1) / 3)).ToArray()),
        };
        if (model.Labels.Count > 0)
            tensors["classes"] = tensor(numbers.Select(n => (long)(n % model.Labels.Count)).ToArray());
        return new Batch(tensors, numbers.Length, 0);
    }

    private static Verdict Refused(Action act, string what)
    {
        try
        {
            act();
            return Verdict.Fail($"{what} were not refused.");
        }
        catch (ModelException)
        {
            return Verdict.Passed;
        }
    }
}
