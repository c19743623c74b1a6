using Tenon.Kernels;

namespace Tenon.Layers;

/// <summary>Attention from the cache in one kernel (<see cref="CachedAttention"/>).</summary>
public sealed partial class KeyValueCache
{
    private (nint Keys, nint Values)[]? _memory; // one per layer; null if the kernel does not apply

    /// <summary>
    /// Stores the key and value of one new token per row, like <see cref="Extend"/>, and attends to all keys in one kernel:
    /// softmax(scale·q·Kᵀ)·V of each head. Available for float32 caches on the CPU.
    /// </summary>
    /// <param name="layer">Index of the layer.</param>
    /// <param name="queryKeyValue">[B, T, 3·H·D]: query, key and value concatenated, with the same number of heads. Not disposed.</param>
    /// <param name="scale">Scale of the attention scores.</param>
    /// <returns>
    /// float32 [B, 1, H·D] in the current dispose scope; null, with nothing stored, if gradients are enabled, T is not 1, a
    /// row has no new token, or the kernel is not available.
    /// </returns>
    public Tensor? Attend(int layer, Tensor queryKeyValue, double scale)
    {
        ArgumentNullException.ThrowIfNull(queryKeyValue);
        if (!Attends(queryKeyValue))
            return null;
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor step = queryKeyValue.to(torch.ScalarType.Float32).contiguous();
        Tensor result = torch.empty([_lengths.Length, 1, step.size(2) / 3], torch.ScalarType.Float32);
        AttendInto(layer, TensorAddress.Of(step), scale, TensorAddress.Of(result));
        return result.MoveToOuterDisposeScope();
    }

    /// <summary>As above, for separate queries, keys and values; there may be more query heads (grouped-query attention).</summary>
    /// <param name="layer">Index of the layer.</param>
    /// <param name="query">[B, Hq, T, D], Hq a multiple of the cache's heads. Not disposed.</param>
    /// <param name="key">[B, H, T, D]. Not disposed.</param>
    /// <param name="value">[B, H, T, D]. Not disposed.</param>
    /// <param name="scale">Scale of the attention scores.</param>
    /// <param name="window">Maximum number of keys that a token attends to, including itself, or null for all before it.</param>
    /// <returns>float32 [B, 1, Hq·D] in the current dispose scope; null, with nothing stored, as for the other overload.</returns>
    /// <exception cref="ModelException">The shapes do not match the cache.</exception>
    public Tensor? Attend(int layer, Tensor query, Tensor key, Tensor value, double scale, int? window)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(value);
        long heads = query.size(1);
        long[] expected = [_lengths.Length, _heads, query.size(2), _headSize];
        if (!key.shape.SequenceEqual(expected) || !value.shape.SequenceEqual(expected) || heads % _heads != 0 || query.size(3) != _headSize)
        {
            throw new ModelException(
                $"The cache attends with keys and values of [{string.Join(", ", expected)}] and a multiple of {_heads} query heads; " +
                $"found [{string.Join(", ", query.shape)}], [{string.Join(", ", key.shape)}] and [{string.Join(", ", value.shape)}].");
        }

        using DisposeScope scope = torch.NewDisposeScope();
        if (!Attends(query.transpose(1, 2)))
            return null;
        Tensor q = Rows(query), k = Rows(key), v = Rows(value);
        Tensor result = torch.empty([_lengths.Length, 1, heads * _headSize], torch.ScalarType.Float32);
        (nint keys, nint values) = _memory![layer];
        var attention = new CachedAttention(
            TensorAddress.Of(q), TensorAddress.Of(k), TensorAddress.Of(v), keys, values, TensorAddress.Of(result))
        {
            QueryHeads = (int)heads,
            Heads = _heads,
            Size = _headSize,
            QueryStride = (int)heads * _headSize,
            KeyStride = _heads * _headSize,
            Slots = _slots,
            PrefixLength = VirtualLength,
            Lengths = _lengths,
            Scale = (float)scale,
            Window = window ?? int.MaxValue,
        };
        attention.Run(torch.get_num_threads());
        return result.MoveToOuterDisposeScope();

        static Tensor Rows(Tensor heads) => heads.to(torch.ScalarType.Float32).contiguous(); // [B, H, 1, D], a row for each B
    }

    /// <summary>Whether <see cref="AttendInto"/> can take this pass.</summary>
    /// <param name="step">[B, T, ...] of the new tokens, including virtual ones.</param>
    internal bool Attends(Tensor step) =>
        _memory is not null && Pass is { Tokens: 1, IsPadded: false } && step.size(1) == 1 && !torch.is_grad_enabled();

    /// <summary>Attends from memory into memory, if <see cref="Attends"/>.</summary>
    /// <param name="layer">Index of the layer.</param>
    /// <param name="queryKeyValue">float32 [B, 3·H·D].</param>
    /// <param name="scale">Scale of the attention scores.</param>
    /// <param name="result">float32 [B, H·D], written.</param>
    internal void AttendInto(int layer, nint queryKeyValue, double scale, nint result)
    {
        (nint keys, nint values) = _memory![layer];
        int size = _heads * _headSize;
        nint bytes = (nint)size * sizeof(float);
        var attention = new CachedAttention(queryKeyValue, queryKeyValue + bytes, queryKeyValue + 2 * bytes, keys, values, result)
        {
            QueryHeads = _heads,
            Heads = _heads,
            Size = _headSize,
            QueryStride = 3 * size,
            KeyStride = 3 * size,
            Slots = _slots,
            PrefixLength = VirtualLength,
            Lengths = _lengths,
            Scale = (float)scale,
        };
        attention.Run(torch.get_num_threads());
    }

    // Buffers that the kernel can use.
    private void FindMemory()
    {
        bool suits = _keys[0].dtype == torch.ScalarType.Float32 && _keys[0].device_type == DeviceType.CPU
            && _headSize % CachedAttention.Lanes == 0 && _keys[0].numel() <= int.MaxValue / sizeof(float);
        _memory = suits ? [.. _keys.Zip(_values, (keys, values) => (TensorAddress.Of(keys), TensorAddress.Of(values)))] : null;
    }
}
