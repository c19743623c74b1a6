using System.Buffers;
using Tenon.Kernels;

namespace Tenon.Layers;

/// <summary>
/// The way of one new token a sequence through a block whose layer norms stand in front (Radford et al. 2019, section
/// 2.3): y = x + Output(Attention(Norm(x))), then y + Down(gelu(Up(Norm(y)))). It goes from packed weights and a cache
/// straight to the result; the torch calls between the products would take a third of a generated token's time.
/// Holds the block's layers, which stay the block's.
/// </summary>
/// <param name="attentionNorm">In front of attention.</param>
/// <param name="queryKeyValue">[E] -> [3E].</param>
/// <param name="output">[E] -> [E], behind the heads.</param>
/// <param name="feedForwardNorm">In front of the feed-forward network.</param>
/// <param name="feedForward">[E] -> [E].</param>
public sealed class PreNormStep(LayerNorm attentionNorm, Linear queryKeyValue, Linear output, LayerNorm feedForwardNorm, FeedForward feedForward)
{
    private readonly int _size = (int)output.InFeatures;
    private readonly int _wide = (int)feedForward.Up.OutFeatures;
    private readonly bool _isGelu = Activations.IsTanhGelu(feedForward.Activation);

    /// <summary>The block's output for the new tokens, whose keys and values the cache takes in.</summary>
    /// <param name="input">float32 [B, 1, E]. Not disposed.</param>
    /// <param name="cache">Those of the tokens before.</param>
    /// <param name="layer">Number of the layer.</param>
    /// <param name="scale">Multiplies the scores.</param>
    /// <returns>
    /// float32 [B, 1, E] in the current dispose scope; null, with nothing done, where a weight has no packed copy or a delta,
    /// the activation is another, there are more than a few sequences, or the cache does not attend (<see cref="KeyValueCache.Attends"/>).
    /// </returns>
    public unsafe Tensor? Apply(Tensor input, KeyValueCache cache, int layer, double scale)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(cache);
        int rows = (int)input.size(0);
        if (!_isGelu || !cache.Attends(input)
            || queryKeyValue.Packed is not { } toHeads || output.Packed is not { } fromHeads
            || feedForward.Up.Packed is not { } up || feedForward.Down.Packed is not { } down
            || !(toHeads.Runs(rows) && fromHeads.Runs(rows) && up.Runs(rows) && down.Runs(rows)))
        {
            return null;
        }

        Tensor result = input.clone();
        nint hidden = TensorAddress.Of(result);
        float[] rented = ArrayPool<float>.Shared.Rent(rows * (_size + Math.Max(4 * _size, _wide)));
        fixed (float* memory = rented)
        {
            nint normed = (nint)memory, wide = (nint)(memory + rows * _size), heads = (nint)(memory + 4 * rows * _size);
            attentionNorm.Run(hidden, normed, rows);
            toHeads.Run(normed, wide, rows, ProductEnding.Write);
            cache.AttendInto(layer, wide, scale, heads);
            fromHeads.Run(heads, hidden, rows, ProductEnding.Add);
            feedForwardNorm.Run(hidden, normed, rows);
            up.Run(normed, wide, rows, ProductEnding.TanhGelu);
            down.Run(wide, hidden, rows, ProductEnding.Add);
        }

        ArrayPool<float>.Shared.Return(rented);
        return result;
    }
}
