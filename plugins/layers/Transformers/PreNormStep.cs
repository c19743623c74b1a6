using Tenon.Kernels;

namespace Tenon.Layers;

/// <summary>
/// A pre-norm block (Radford et al. 2019, section 2.3) applied to one new token per sequence: y = x + Output(Attention(Norm(x))),
/// then y + Down(gelu(Up(Norm(y)))). It calls the kernels of packed weights and of the cache directly, because the torch calls
/// between the products would take a third of a generated token's time. The layers are owned by the block.
/// </summary>
/// <param name="attentionNorm">Before attention.</param>
/// <param name="queryKeyValue">[E] -> [3·H·D].</param>
/// <param name="output">[H·D] -> [E], after the heads.</param>
/// <param name="feedForwardNorm">Before the feed-forward network.</param>
/// <param name="feedForward">[E] -> [E].</param>
public sealed class PreNormStep(
    LayerNorm attentionNorm, Linear queryKeyValue, Linear output, LayerNorm feedForwardNorm, FeedForward feedForward)
{
    private readonly int _hidden = (int)output.OutFeatures;
    private readonly int _joined = (int)queryKeyValue.OutFeatures;
    private readonly int _heads = (int)output.InFeatures;
    private readonly int _innerSize = (int)feedForward.Up.OutFeatures;
    private readonly bool _isGelu = Activations.IsTanhGelu(feedForward.Activation);

    /// <summary>The block's output for the new tokens, whose keys and values the cache stores.</summary>
    /// <param name="input">float32 [B, 1, E]. Not disposed.</param>
    /// <param name="cache">Keys and values of the preceding tokens.</param>
    /// <param name="layer">Index of the layer.</param>
    /// <param name="scale">Scale of the attention scores.</param>
    /// <returns>
    /// float32 [B, 1, E] in the current dispose scope; null, without any effect, if a weight has no packed copy or has a delta,
    /// the activation is a different one, there are more than a few sequences, or the cache does not attend
    /// (<see cref="KeyValueCache.Attends"/>).
    /// </returns>
    public Tensor? Apply(Tensor input, KeyValueCache cache, int layer, double scale)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(cache);
        int rows = (int)input.size(0);
        if (!_isGelu || !cache.Attends(input)
            || queryKeyValue.Packed is not { } toHeads || output.Packed is not { } fromHeads
            || feedForward.Up.Packed is not { } up || feedForward.Down.Packed is not { } down
            || !(toHeads.Supports(rows) && fromHeads.Supports(rows) && up.Supports(rows) && down.Supports(rows)))
        {
            return null;
        }

        Tensor result = input.clone();
        nint hidden = TensorAddress.Of(result);
        using var memory = new Workspace(rows * (_hidden + Math.Max(_joined + _heads, _innerSize)));
        nint normed = memory.At(0), wide = memory.At(rows * _hidden), heads = memory.At(rows * (_hidden + _joined));
        attentionNorm.Run(hidden, normed, rows);
        toHeads.Run(normed, wide, rows, ProductEnding.Write);
        cache.AttendInto(layer, wide, scale, heads);
        fromHeads.Run(heads, hidden, rows, ProductEnding.Add);
        feedForwardNorm.Run(hidden, normed, rows);
        up.Run(normed, wide, rows, ProductEnding.TanhGelu);
        down.Run(wide, hidden, rows, ProductEnding.Add);
        return result;
    }
}
