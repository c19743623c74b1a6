using Tenon.Kernels;

namespace Tenon.Layers;

/// <summary>Attention of many queries in float32 without gradients, computed by <see cref="TiledAttention"/>.</summary>
internal static class ManyQueries
{
    /// <summary>
    /// Returns whether <see cref="Apply"/> is worth trying: the thread is in <see cref="InferenceMode"/>, gradients are disabled,
    /// there is more than one query, and torch's products are slower.
    /// </summary>
    /// <param name="query">[B, Hq, Tq, D]. Not disposed.</param>
    public static bool MayApply(Tensor query) =>
        InferenceKernels.AreOn && InferenceKernels.Support(query) && query.size(2) > 1;

    /// <summary>Computes softmax(scale·Q·Kᵀ + bias)·V for each head.</summary>
    /// <param name="query">float32 [B, Hq, Tq, D], for which <see cref="MayApply"/> is true. Not disposed.</param>
    /// <param name="key">float32 [B, H, Tk, D], where Hq is a multiple of H. Not disposed.</param>
    /// <param name="value">float32 [B, H, Tk, D]. Not disposed.</param>
    /// <param name="bias">float32, broadcast to [B, Hq, Tq, Tk], or null for none. Not disposed.</param>
    /// <param name="scale">Scale of the attention scores.</param>
    /// <returns>
    /// [B, Hq, Tq, D] in the current dispose scope, a view of [B, Tq, Hq, D] in memory; or null if the operands are empty or do not
    /// meet these requirements.
    /// </returns>
    public static Tensor? Apply(Tensor query, Tensor key, Tensor value, Tensor? bias, double scale)
    {
        (long rows, long heads, long queries, long size) = (query.size(0), query.size(1), query.size(2), query.size(3));
        long keyHeads = key.size(1), keys = key.size(2);
        if (rows * size * keys == 0 || !InferenceKernels.Support(key) || !InferenceKernels.Support(value)
            || (bias is not null && !(InferenceKernels.Support(bias) && Fits(bias.shape))))
            return null;
        using DisposeScope scope = torch.NewDisposeScope();
        (Tensor q, HeadStrides queryStrides) = Stored(query);
        (Tensor k, HeadStrides keyStrides) = Stored(key);
        (Tensor v, HeadStrides valueStrides) = Stored(value);
        Tensor? b = bias?.contiguous();
        Tensor result = torch.empty([rows, queries, heads, size], torch.ScalarType.Float32);
        new TiledAttention(
            TensorAddress.Of(q), TensorAddress.Of(k), TensorAddress.Of(v), b is null ? 0 : TensorAddress.Of(b), TensorAddress.Of(result))
        {
            Rows = (int)rows,
            QueryHeads = (int)heads,
            Heads = (int)keyHeads,
            Queries = (int)queries,
            Keys = (int)keys,
            Size = (int)size,
            Scale = (float)scale,
            QueryStrides = queryStrides,
            KeyStrides = keyStrides,
            ValueStrides = valueStrides,
            BiasStrides = b is null ? default : Broadcast(b.shape),
        }.Run(torch.get_num_threads());
        return result.transpose(1, 2).MoveToOuterDisposeScope();

        bool Fits(long[] shape)
        {
            long[] whole = [rows, heads, queries, keys];
            return shape.Length is >= 1 and <= 4 && shape[^1] == keys
                && shape.Zip(whole[^shape.Length..]).All(sizes => sizes.First == 1 || sizes.First == sizes.Second);
        }
    }

    // Heads are usually views of a projection's output, [B, T, H, D] in memory, so transposing them back avoids a copy.
    private static (Tensor Stored, HeadStrides Strides) Stored(Tensor heads)
    {
        (long count, long tokens, long size) = (heads.size(1), heads.size(2), heads.size(3));
        return heads.is_contiguous()
            ? (heads, new HeadStrides((nint)(count * tokens * size), (nint)(tokens * size), (nint)size))
            : (heads.transpose(1, 2).contiguous(), new HeadStrides((nint)(tokens * count * size), (nint)size, (nint)(count * size)));
    }

    private static HeadStrides Broadcast(long[] shape)
    {
        nint[] strides = [0, 0, 0]; // row, head, query
        long values = shape[^1];
        for (int i = 2; i > 2 - (shape.Length - 1); i--)
        {
            long length = shape[i - 3 + shape.Length - 1];
            strides[i] = length == 1 ? 0 : (nint)values;
            values *= length;
        }

        return new HeadStrides(strides[0], strides[1], strides[2]);
    }
}
