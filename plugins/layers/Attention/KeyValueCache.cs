using Tenon.Kernels;

namespace Tenon.Layers;

/// <summary>
/// Keys and values of past tokens of every layer, in buffers made once. The slots are: first those of virtual tokens
/// (a <see cref="Prompt"/>), which <see cref="Length"/> does not count, then the tokens. No gradient flows through it.
/// </summary>
public sealed class KeyValueCache : IKeyValueCache
{
    private readonly Tensor[] _keys;
    private readonly Tensor[] _values;
    private readonly (nint Keys, nint Values)[]? _memory;
    private readonly int _heads;
    private readonly int _headSize;
    private readonly int _slots;

    /// <summary>Makes an empty cache.</summary>
    /// <param name="layers">Layers with attention.</param>
    /// <param name="batchSize">Sequences, B.</param>
    /// <param name="heads">Key/value heads, H.</param>
    /// <param name="capacity">Tokens that fit, besides the virtual ones.</param>
    /// <param name="virtualTokens">Slots for virtual tokens.</param>
    /// <param name="headSize">Size of one head, D.</param>
    /// <param name="type">Type of keys and values: the autocast's.</param>
    /// <param name="device">The model's.</param>
    /// <exception cref="ModelException">A size is below 1 (or virtual tokens below 0).</exception>
    public KeyValueCache(int layers, int batchSize, int heads, int capacity, int virtualTokens, long headSize, torch.ScalarType type, torch.Device device)
    {
        if (batchSize < 1 || capacity < 1 || virtualTokens < 0)
            throw new ModelException($"A key/value cache needs at least 1 sequence and 1 token; asked for {batchSize} and {capacity}.");
        BatchSize = batchSize;
        Capacity = capacity;
        VirtualCapacity = virtualTokens;
        (_heads, _headSize, _slots) = (heads, (int)headSize, virtualTokens + capacity);
        long[] shape = [batchSize, heads, _slots, headSize];
        _keys = [.. Enumerable.Range(0, layers).Select(_ => torch.empty(shape, type, device).DetachFromDisposeScope())];
        _values = [.. Enumerable.Range(0, layers).Select(_ => torch.empty(shape, type, device).DetachFromDisposeScope())];
        if (type == torch.ScalarType.Float32 && device.type == DeviceType.CPU && headSize % CachedAttention.Lanes == 0 && _keys[0].numel() <= int.MaxValue / sizeof(float))
            _memory = [.. _keys.Zip(_values, (keys, values) => (TensorAddress.Of(keys), TensorAddress.Of(values)))];
    }

    /// <inheritdoc/>
    public int BatchSize { get; }

    /// <inheritdoc/>
    public int Capacity { get; }

    /// <summary>Virtual tokens that fit.</summary>
    public int VirtualCapacity { get; }

    /// <inheritdoc/>
    public int Length { get; private set; }

    /// <summary>Virtual tokens held; 0 until the first forward pass, whose prompt they come from.</summary>
    public int VirtualLength { get; private set; }

    /// <summary>Slots in use.</summary>
    public int Slots => VirtualLength + Length;

    /// <summary>Adds keys and values of one layer behind the slots in use; <see cref="Advance"/> then counts them for all layers.</summary>
    /// <param name="layer">Number of the layer.</param>
    /// <param name="keys">[B, H, T, D]. Not disposed.</param>
    /// <param name="values">[B, H, T, D]. Not disposed.</param>
    /// <returns>All keys and values of the layer, [B, H, slots + T, D]: views in the current dispose scope.</returns>
    public (Tensor Keys, Tensor Values) Extend(int layer, Tensor keys, Tensor values)
    {
        ArgumentNullException.ThrowIfNull(keys);
        ArgumentNullException.ThrowIfNull(values);
        using var noGrad = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        long added = keys.size(2);
        _keys[layer].narrow(2, Slots, added).copy_(keys);
        _values[layer].narrow(2, Slots, added).copy_(values);
        return (
            _keys[layer].narrow(2, 0, Slots + added).MoveToOuterDisposeScope(),
            _values[layer].narrow(2, 0, Slots + added).MoveToOuterDisposeScope());
    }

    /// <summary>
    /// Adds key and value of one new token a sequence to a layer, as <see cref="Extend"/> does, and attends to all of them
    /// in one go: softmax(scale·q·Kᵀ + mask)·V of each head. A cache does so that is in float32 on the processor.
    /// </summary>
    /// <param name="layer">Number of the layer.</param>
    /// <param name="queryKeyValue">[B, T, 3·H·D]: query, key and value side by side. Not disposed.</param>
    /// <param name="mask">From <see cref="AttentionMask"/>; null: everything is seen. Not disposed.</param>
    /// <param name="scale">Multiplies the scores.</param>
    /// <returns>float32 [B, 1, H·D] in the current dispose scope; null, with nothing added, where gradients are wanted, T is not 1, or the cache is another.</returns>
    public Tensor? Attend(int layer, Tensor queryKeyValue, Tensor? mask, double scale)
    {
        ArgumentNullException.ThrowIfNull(queryKeyValue);
        if (!Attends(queryKeyValue, mask))
            return null;
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor step = queryKeyValue.to(torch.ScalarType.Float32).contiguous();
        Tensor result = torch.empty([BatchSize, 1, step.size(2) / 3], torch.ScalarType.Float32);
        AttendInto(layer, TensorAddress.Of(step), mask, scale, TensorAddress.Of(result));
        return result.MoveToOuterDisposeScope();
    }

    /// <summary>Whether the cache can attend itself.</summary>
    /// <param name="step">[B, T, ...] of the new tokens.</param>
    /// <param name="mask">What is added to the scores; or null.</param>
    internal bool Attends(Tensor step, Tensor? mask)
    {
        long keys = Slots + 1;
        return _memory is not null && !torch.is_grad_enabled() && step.size(0) == BatchSize && step.size(1) == 1 && keys <= _slots
            && (mask is null || mask.numel() == keys || mask.numel() == BatchSize * keys);
    }

    /// <summary>Attends from memory into memory, where <see cref="Attends"/> says so.</summary>
    /// <param name="layer">Number of the layer.</param>
    /// <param name="queryKeyValue">float32 [B, 3·H·D].</param>
    /// <param name="mask">What is added to the scores; or null.</param>
    /// <param name="scale">Multiplies the scores.</param>
    /// <param name="result">float32 [B, H·D], written.</param>
    internal void AttendInto(int layer, nint queryKeyValue, Tensor? mask, double scale, nint result)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        int keys = Slots + 1;
        Tensor? added = mask?.to(torch.ScalarType.Float32).contiguous();
        (nint heldKeys, nint heldValues) = _memory![layer];
        new CachedAttention(
            queryKeyValue, heldKeys, heldValues, added is null ? 0 : TensorAddress.Of(added), result, _heads, _headSize, _slots, Slots,
            added is null || added.numel() == keys ? 0 : keys, (float)scale).Run(BatchSize, torch.get_num_threads());
    }

    /// <summary>Counts what every layer has added.</summary>
    /// <param name="virtualTokens">Virtual tokens among them, which came first.</param>
    /// <param name="tokens">Tokens among them.</param>
    public void Advance(int virtualTokens, int tokens)
    {
        VirtualLength += virtualTokens;
        Length += tokens;
    }

    /// <summary>Forgets the tokens from a position on; with a length of 0 the virtual tokens too.</summary>
    /// <param name="length">In [0, <see cref="Length"/>].</param>
    /// <exception cref="ArgumentOutOfRangeException">The length is outside the range.</exception>
    public void Truncate(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Length);
        Length = length;
        if (length == 0)
            VirtualLength = 0;
    }

    /// <summary>Disposes the buffers.</summary>
    public void Dispose()
    {
        foreach (Tensor tensor in _keys.Concat(_values))
            tensor.Dispose();
    }
}
