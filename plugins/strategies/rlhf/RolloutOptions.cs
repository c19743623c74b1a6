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
    /// Inputs per forward pass (with all samples of each), out of a rollout of <c>training:batchSize</c> inputs;
    /// <c>training:accumulate</c> minibatches make one update. By default, one update uses the whole rollout.
    /// </summary>
    [Range(1, 1_000_000)]
    [MinibatchSize]
    public int? MinibatchSize { get; init; }

    /// <summary>Low-rank updates to train instead of the whole model. By default, the whole model is trained.</summary>
    [TrainsAdapter]
    public AdapterOptions? Adapter { get; init; }
}
