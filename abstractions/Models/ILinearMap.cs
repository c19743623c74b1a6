namespace Tenon;

/// <summary>
/// A linear map inside a model to which a strategy can add a delta (LoRA: Hu et al. 2021). Layers implement it; strategies find
/// them with <c>named_modules()</c>.
/// </summary>
public interface ILinearMap
{
    /// <summary>Size of the last dimension of the input.</summary>
    long InFeatures { get; }

    /// <summary>Size of the last dimension of the output.</summary>
    long OutFeatures { get; }

    /// <summary>[out, in]; [in, out] when <see cref="Transposed"/>. Owned by the layer.</summary>
    Parameter Weight { get; }

    /// <summary>True for GPT-2's Conv1D, whose weight is stored [in, out] (PEFT's <c>fan_in_fan_out</c>).</summary>
    bool Transposed { get; }

    /// <summary>
    /// Maps the input [..., in] to a tensor [..., out] that is added to the output, in the current dispose scope; null if nothing
    /// is added. Deltas combine with <c>+=</c>. The code that adds a delta must also remove it.
    /// </summary>
    Func<Tensor, Tensor>? Delta { get; set; }
}
