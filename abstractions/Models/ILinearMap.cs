namespace Tenon;

/// <summary>
/// A linear map inside a model that a strategy may add to (LoRA: Hu et al. 2021). Layers implement it; strategies find
/// them with <c>named_modules()</c>.
/// </summary>
public interface ILinearMap
{
    /// <summary>Size of the last dimension of the input.</summary>
    long InFeatures { get; }

    /// <summary>Size of the last dimension of the output.</summary>
    long OutFeatures { get; }

    /// <summary>[out, in]; [in, out] when <see cref="Transposed"/>. Stays the layer's.</summary>
    Parameter Weight { get; }

    /// <summary>True for GPT-2's Conv1D, whose weight is stored [in, out] (PEFT's <c>fan_in_fan_out</c>).</summary>
    bool Transposed { get; }

    /// <summary>
    /// Added to the output when set: from the input [..., in] to [..., out], in the current dispose scope. Null: the map
    /// alone. Several are combined with <c>+=</c> and all added. Whoever adds one takes it away again.
    /// </summary>
    Func<Tensor, Tensor>? Delta { get; set; }
}
