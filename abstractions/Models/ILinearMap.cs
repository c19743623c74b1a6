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

    /// <summary>
    /// Computes a low-rank update B·A·x of a map that several processes divide (<see cref="IDividesLayers"/>). Every process has both
    /// matrices as a whole, gets the part of the update that belongs to its part of the output, and then the gradients of all processes.
    /// </summary>
    /// <param name="input">The map's input in this process. Not disposed.</param>
    /// <param name="a">[r, in], with the whole size of the input. Not disposed.</param>
    /// <param name="b">[out, r], with the whole size of the output. Not disposed.</param>
    /// <param name="dropout">Probability of dropping an input, in [0, 1).</param>
    /// <param name="autocast">Data type of the products.</param>
    /// <returns>As the map's output, in the current dispose scope; null if this process has the whole map.</returns>
    Tensor? DividedUpdate(Tensor input, Tensor a, Tensor b, double dropout, Autocast autocast) => null;
}
