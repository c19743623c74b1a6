using System.ComponentModel.DataAnnotations;

namespace Tenon.Rlhf;

/// <summary>Options of the strategies that learn from rollouts.</summary>
public abstract record RolloutOptions
{
    /// <summary>Maximum number of actions in a rollout: new tokens of a text, denoising steps of an image.</summary>
    [Range(1, 1_000_000)]
    public int MaxNewTokens { get; init; } = 32;

    /// <summary>Sampling temperature; log-probabilities refer to the tempered distribution.</summary>
    [Range(0.0, 100.0, MinimumIsExclusive = true)]
    public double Temperature { get; init; } = 1;

    /// <summary>
    /// Number of inputs per forward pass, each with all its samples. A rollout has <c>training:batchSize</c> inputs, and
    /// <c>training:accumulate</c> minibatches make up one update. By default, a minibatch is the whole rollout.
    /// </summary>
    [Range(1, 1_000_000)]
    [MinibatchSize]
    public int? MinibatchSize { get; init; }

    /// <summary>Low-rank updates to train instead of the whole model. By default, the whole model is trained.</summary>
    [TrainsAdapter]
    public AdapterOptions? Adapter { get; init; }
}
