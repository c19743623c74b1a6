using TorchSharp;
using Tensor = TorchSharp.torch.Tensor;

namespace Tenon.Host.Evaluation.Rewards;

/// <summary>Options for generating and scoring a model's texts.</summary>
public sealed record ScoringOptions
{
    /// <summary>Prompts, at least one; null for the held-out prompts of the run's data, with their answers.</summary>
    public IReadOnlyList<string>? Prompts { get; init; }

    /// <summary>Texts per prompt.</summary>
    public int Count { get; init; } = 1;

    /// <summary>Sampling options, such as length and temperature.</summary>
    public SamplingOptions Sampling { get; init; } = new() { MaxNewTokens = 32 };

    /// <summary>Equal seeds give equal texts.</summary>
    public long Seed { get; init; } = 1;
}

/// <summary>
/// Samples a policy and measures the reward and diversity of its texts, and its KL divergence from a reference model.
/// </summary>
/// <param name="model">The policy.</param>
/// <param name="tokenizer">Its tokenizer.</param>
/// <param name="device">Device of the model.</param>
internal sealed class RewardScoring(IPolicy model, ITokenizer tokenizer, torch.Device device)
{
    private const int AtOnce = 64;

    /// <summary>Samples and scores texts.</summary>
    /// <param name="prompts">Prompts, at least one. The reward receives their answers.</param>
    /// <param name="reward">Scores the texts.</param>
    /// <param name="reference">The reference model for the KL divergence, or null.</param>
    /// <param name="options">Sampling; its prompts are not used.</param>
    /// <param name="status">Receives status messages.</param>
    /// <param name="stop">Cancels between batches and during sampling.</param>
    /// <exception cref="ModelException">The model does not accept prompts, or does not generate text.</exception>
    public ScoringReport Score(
        IReadOnlyList<PromptExample> prompts, IReward reward, IPolicy? reference, ScoringOptions options, Action<string> status,
        CancellationToken stop)
    {
        if (model is not ICollate<PromptExample> collate)
            throw new ModelException(
                $"{model.GetType().Name} does not accept prompts, so its texts cannot be scored. Open a language model.");
        using var untracked = torch.no_grad();
        var random = new SeededRandom((ulong)options.Seed);
        SamplingOptions sampling = options.Sampling with { VocabularySize = tokenizer.VocabularySize };
        PromptExample[] asked = [.. Enumerable.Repeat(prompts, options.Count).SelectMany(all => all)];
        var texts = new List<ScoredText>();
        (double entropy, double divergence, double actions) = (0, 0, 0);
        foreach ((int index, PromptExample[] part) in asked.Chunk(AtOnce).Index())
        {
            stop.ThrowIfCancellationRequested();
            status($"sampling {texts.Count} of {asked.Length}");
            using DisposeScope scope = torch.NewDisposeScope();
            using Batch batch = collate.Collate(part, new CollateContext(random, Training: false, tokenizer)).To(device);
            using Rollout rollout = model.Sample(batch, sampling, random.Fork(index), stop);
            PolicyEvaluation own = model.Evaluate(rollout, sampling);
            actions += Sum(rollout.Mask);
            entropy += Sum(own.Entropy * rollout.Mask);
            if (reference is not null)
                divergence += Sum((own.LogProbabilities - reference.Evaluate(rollout, sampling).LogProbabilities) * rollout.Mask);
            TextOutcome[] outcomes = [.. model.Outcomes(rollout, tokenizer).Select(outcome => outcome as TextOutcome
                ?? throw new ModelException($"{model.GetType().Name} does not generate text: its outcomes are {outcome.GetType().Name}."))];
            texts.AddRange(outcomes.Zip(reward.Score(outcomes),
                (text, score) => new ScoredText(text.Prompt, text.Response, text.Ended, score)));
        }

        return new ScoringReport
        {
            Texts = texts.Count,
            Reward = texts.Average(text => text.Score),
            Negative = texts.Average(text => text.Score < 0 ? 1.0 : 0.0),
            Positive = texts.Average(text => text.Score > 0 ? 1.0 : 0.0),
            KlPerToken = reference is null ? null : divergence / actions,
            Entropy = entropy / actions,
            Distinct1 = Distinct(texts, 1),
            Distinct2 = Distinct(texts, 2),
            Tokens = actions / texts.Count,
            Ended = texts.Average(text => text.Ended ? 1.0 : 0.0),
            Samples = texts,
        };
    }

    /// <summary>distinct-n (Li et al. 2016): the share of distinct n-grams among all word n-grams of the texts.</summary>
    internal static double Distinct(IEnumerable<ScoredText> texts, int n)
    {
        var different = new HashSet<string>(StringComparer.Ordinal);
        long all = 0;
        foreach (ScoredText text in texts)
        {
            string[] words = text.Response.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            for (int at = 0; at + n <= words.Length; at++, all++)
                different.Add(string.Join(' ', words.AsSpan(at, n)!));
        }

        return all == 0 ? 0 : different.Count / (double)all;
    }

    private static double Sum(Tensor tensor) => tensor.sum().to(torch.ScalarType.Float64).item<double>();
}
