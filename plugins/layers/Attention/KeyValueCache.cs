namespace Tenon.Layers;

/// <summary>
/// Keys and values of the past tokens of every layer, in buffers of fixed row length. A row starts with the slots of virtual
/// tokens (a <see cref="Prompt"/>), whose number is the same in every row and not counted by <see cref="Lengths"/>; the tokens
/// follow. A forward pass calls <see cref="Begin"/>, then <see cref="Extend"/> or <c>Attend</c> in each layer,
/// then <see cref="Advance"/>. No gradient flows through the cache.
/// </summary>
public sealed partial class KeyValueCache : IKeyValueCache
{
    private readonly Tensor[] _keys;
    private readonly Tensor[] _values;
    private readonly int _heads;
    private readonly int _headSize;
    private readonly int _slots;
    private int[] _lengths;
    private CachePass? _pass;

    /// <summary>Creates a cache with empty rows.</summary>
    /// <param name="layers">Layers with attention.</param>
    /// <param name="rows">Rows, B, at least 1.</param>
    /// <param name="heads">Key/value heads, H.</param>
    /// <param name="capacity">Capacity of each row in tokens, in addition to the virtual ones.</param>
    /// <param name="virtualTokens">Slots for virtual tokens.</param>
    /// <param name="headSize">Size of one head, D.</param>
    /// <param name="type">Type of keys and values.</param>
    /// <param name="device">The model's device.</param>
    /// <exception cref="ModelException">A size is below 1, or virtual tokens below 0.</exception>
    public KeyValueCache(
        int layers, int rows, int heads, int capacity, int virtualTokens, int headSize, torch.ScalarType type, torch.Device device)
    {
        if (rows < 1 || capacity < 1 || virtualTokens < 0)
            throw new ModelException($"A key/value cache needs at least 1 row and 1 token; requested: {rows} and {capacity}.");
        Capacity = capacity;
        VirtualCapacity = virtualTokens;
        _lengths = new int[rows];
        (_heads, _headSize, _slots) = (heads, headSize, virtualTokens + capacity);
        // Zeros: the slots after the end of a short row take part in products, where their weight is 0, and 0 × NaN is NaN.
        _keys = [.. Enumerable.Range(0, layers).Select(_ => New(rows, type, device))];
        _values = [.. Enumerable.Range(0, layers).Select(_ => New(rows, type, device))];
        FindMemory();
    }

    /// <inheritdoc/>
    public IReadOnlyList<int> Lengths => _lengths;

    /// <inheritdoc/>
    public int Capacity { get; }

    /// <inheritdoc/>
    public long Bytes => _keys.Concat(_values).Sum(tensor => tensor.numel() * tensor.ElementSize);

    /// <summary>Capacity of each row in virtual tokens.</summary>
    public int VirtualCapacity { get; }

    /// <summary>Virtual tokens in each row; 0 until the first forward pass, which stores the prompt.</summary>
    public int VirtualLength { get; private set; }

    /// <summary>Whether no row has a token and no prompt is stored.</summary>
    public bool IsEmpty => VirtualLength == 0 && Array.TrueForAll(_lengths, length => length == 0);

    /// <summary>Starts a forward pass: determines the slots of its tokens.</summary>
    /// <param name="inputIds">int64 [B, T]: the new tokens. Not disposed.</param>
    /// <param name="attentionMask">int64 [B, T], 0 for padding on the left, or null if there is none. Not disposed.</param>
    /// <param name="virtualTokens">Virtual tokens that this pass adds before them.</param>
    /// <exception cref="ModelException">The tokens do not fit in the cache, or the padding is not on the left.</exception>
    internal CachePass Begin(Tensor inputIds, Tensor? attentionMask, int virtualTokens)
    {
        if (inputIds.size(0) != _lengths.Length)
        {
            throw new ModelException(
                $"The input has {inputIds.size(0)} rows, but the key/value cache has {_lengths.Length}. " +
                "Pass one row of tokens for each row of the cache.");
        }

        _pass?.Dispose();
        _pass = new CachePass(_lengths, VirtualLength, virtualTokens, (int)inputIds.size(1), attentionMask, inputIds.device);
        int longest = _pass.Keys - _pass.PrefixLength;
        if (longest > Capacity || _pass.PrefixLength > VirtualCapacity)
        {
            throw new ModelException(
                $"The key/value cache holds {Capacity} tokens and {VirtualCapacity} virtual tokens per row; " +
                $"{longest} and {_pass.PrefixLength} are too many. Make it larger, and set the prompt before creating it.");
        }

        return _pass;
    }

    /// <summary>
    /// Stores keys and values of one layer after those already in its rows; <see cref="Advance"/> then counts them for all layers.
    /// </summary>
    /// <param name="layer">Index of the layer.</param>
    /// <param name="keys">[B, H, N, D]: virtual tokens of this pass, then its T tokens. Not disposed.</param>
    /// <param name="values">The values, in the same shape. Not disposed.</param>
    /// <returns>The keys and values to attend to, [B, H, slots, D]: views in the current dispose scope.</returns>
    public (Tensor Keys, Tensor Values) Extend(int layer, Tensor keys, Tensor values)
    {
        ArgumentNullException.ThrowIfNull(keys);
        ArgumentNullException.ThrowIfNull(values);
        CachePass pass = Pass;
        using var noGrad = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        pass.Store(keys, _keys[layer]);
        pass.Store(values, _values[layer]);
        // A padded prompt attends as without a cache, over the columns of its batch.
        return pass.IsFirst && !pass.IsUniform
            ? (keys.detach().MoveToOuterDisposeScope(), values.detach().MoveToOuterDisposeScope())
            : (Held(_keys[layer], pass.Keys).MoveToOuterDisposeScope(), Held(_values[layer], pass.Keys).MoveToOuterDisposeScope());
    }

    /// <summary>
    /// The mask of the current pass if rows have different lengths, [B, 1, T, slots]; otherwise null. Owned by the cache.
    /// </summary>
    /// <param name="type">Floating-point type of the scores.</param>
    /// <param name="window">Maximum number of keys that a token attends to, including itself, or null for all before it.</param>
    internal Tensor? AttentionBias(torch.ScalarType type, int? window) =>
        Pass is { IsFirst: false, IsUniform: false } pass ? pass.AttentionBias(type, window) : null;

    /// <summary>The positions of the keys that the current pass attends to.</summary>
    /// <param name="positions">int64 [N] or [B, N]: those of the pass. Not disposed.</param>
    /// <returns>int64 [keys] or [B, keys] in the current dispose scope.</returns>
    internal Tensor KeyPositions(Tensor positions) =>
        Pass.IsFirst ? positions.alias() : torch.arange(Pass.Keys, torch.ScalarType.Int64, positions.device);

    /// <summary>Ends a forward pass: counts what every layer has stored.</summary>
    public void Advance()
    {
        VirtualLength = Pass.PrefixLength;
        for (int row = 0; row < _lengths.Length; row++)
            _lengths[row] += Pass.Added[row];
        _pass!.Dispose();
        _pass = null;
    }

    /// <inheritdoc/>
    public void Add(IKeyValueCache rows)
    {
        if (rows is not KeyValueCache other || other._keys.Length != _keys.Length || other._heads != _heads || other._headSize != _headSize)
            throw new ModelException("The rows belong to a key/value cache of another model. Create it with this model's NewCache.");
        if (other._lengths.Max() > Capacity || other.VirtualLength > VirtualCapacity)
        {
            throw new ModelException(
                $"A row of {other._lengths.Max()} tokens and {other.VirtualLength} virtual tokens does not fit " +
                $"in a cache of {Capacity} and {VirtualCapacity}. Make the cache larger.");
        }

        if (_lengths.Length > 0 && VirtualLength != other.VirtualLength)
        {
            throw new ModelException(
                $"The caches hold prompts of {VirtualLength} and {other.VirtualLength} virtual tokens, so their rows cannot share one. " +
                "Use caches that were filled under the same prompt.");
        }

        using var noGrad = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        (int before, int added, int slots) = (_lengths.Length, other._lengths.Length, other.Slots);
        MakeRoom(before + added);
        foreach ((Tensor to, Tensor from) in _keys.Concat(_values).Zip(other._keys.Concat(other._values)))
            to.narrow(0, before, added).narrow(2, 0, slots).copy_(from.narrow(0, 0, added).narrow(2, 0, slots));
        VirtualLength = other.VirtualLength;
        _lengths = [.. _lengths, .. other._lengths];
    }

    /// <inheritdoc/>
    public void Select(IReadOnlyList<int> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        foreach (int row in rows)
            CheckRow(row);
        int[] moved = [.. Enumerable.Range(0, rows.Count).Where(at => rows[at] != at)];
        if (moved.Length > 0)
        {
            using var noGrad = torch.no_grad();
            using DisposeScope scope = torch.NewDisposeScope();
            MakeRoom(rows.Count);
            Tensor from = torch.tensor(Array.ConvertAll(moved, at => (long)rows[at]), device: _keys[0].device);
            Tensor to = torch.tensor(Array.ConvertAll(moved, at => (long)at), device: _keys[0].device);
            int slots = Slots;
            foreach (Tensor buffer in _keys.Concat(_values))
            {
                using DisposeScope each = torch.NewDisposeScope();
                Tensor used = buffer.narrow(2, 0, slots);
                used.index_copy_(0, to, used.index_select(0, from));
            }
        }

        _lengths = [.. rows.Select(row => _lengths[row])];
    }

    /// <summary>Virtual tokens stay, even at length 0.</summary>
    /// <inheritdoc/>
    public void Truncate(int row, int length)
    {
        CheckRow(row);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, _lengths[row]);
        _lengths[row] = length;
    }

    /// <summary>Disposes the buffers.</summary>
    public void Dispose()
    {
        _pass?.Dispose();
        foreach (Tensor tensor in _keys.Concat(_values))
            tensor.Dispose();
    }

    private CachePass Pass => _pass ?? throw new InvalidOperationException("No forward pass has begun. Call Begin first.");

    // Slots of the longest row.
    private int Slots => VirtualLength + (_lengths.Length == 0 ? 0 : _lengths.Max());

    private Tensor Held(Tensor buffer, int slots) =>
        (buffer.size(0) == _lengths.Length ? buffer : buffer.narrow(0, 0, _lengths.Length)).narrow(2, 0, slots);

    private Tensor New(long rows, torch.ScalarType type, torch.Device device) =>
        torch.zeros([rows, _heads, _slots, _headSize], type, device).DetachFromDisposeScope();

    private void MakeRoom(int rows)
    {
        long present = _keys[0].size(0);
        if (rows <= present)
            return;
        foreach (Tensor[] buffers in new[] { _keys, _values })
        {
            for (int layer = 0; layer < buffers.Length; layer++)
            {
                Tensor larger = New(Math.Max(rows, 2 * present), buffers[layer].dtype, buffers[layer].device);
                larger.narrow(0, 0, present).copy_(buffers[layer]);
                buffers[layer].Dispose();
                buffers[layer] = larger;
            }
        }

        FindMemory();
    }

    private void CheckRow(int row)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(row);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, _lengths.Length);
    }
}
