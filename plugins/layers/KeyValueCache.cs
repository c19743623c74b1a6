namespace Tenon.Layers;

/// <summary>
/// Keys and values of past tokens of every layer, in buffers made once. The slots are: first those of virtual tokens
/// (a <see cref="Prompt"/>), which <see cref="Length"/> does not count, then the tokens. No gradient flows through it.
/// </summary>
public sealed class KeyValueCache : IKeyValueCache
{
    private readonly Tensor[] _keys;
    private readonly Tensor[] _values;

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
        long[] shape = [batchSize, heads, virtualTokens + capacity, headSize];
        _keys = [.. Enumerable.Range(0, layers).Select(_ => torch.empty(shape, type, device).DetachFromDisposeScope())];
        _values = [.. Enumerable.Range(0, layers).Select(_ => torch.empty(shape, type, device).DetachFromDisposeScope())];
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
