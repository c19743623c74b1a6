namespace Tenon.Layers;

/// <summary>
/// The cache of a decoder with cross-attention: the keys and values of past target tokens, and of the encoded source of each row.
/// Rows that trade places in a beam search over the same source leave the sources where they are.
/// </summary>
internal sealed class SourceCache : IKeyValueCache
{
    private readonly KeyValueCache _targets;
    private (Tensor Keys, Tensor Values)[] _layers; // [rows, H, S, D]
    private Tensor? _bias; // [rows, 1, 1, S]
    private object[] _identities; // the source of each row

    /// <summary>Takes ownership of the tensors.</summary>
    /// <param name="targets">Empty rows.</param>
    /// <param name="sources">One source for each row, in the current dispose scope.</param>
    public SourceCache(KeyValueCache targets, EncodedSources sources)
    {
        _targets = targets;
        _layers = [.. sources.Layers.Select(layer =>
            (layer.Keys.detach().contiguous().DetachFromDisposeScope(), layer.Values.detach().contiguous().DetachFromDisposeScope()))];
        _bias = sources.AttentionBias?.DetachFromDisposeScope();
        _identities = [.. targets.Lengths.Select(_ => new object())];
    }

    /// <summary>The rows of target tokens.</summary>
    public KeyValueCache Targets => _targets;

    /// <summary>The sources of the rows. Owned by the cache.</summary>
    public EncodedSources Sources => new(_layers, _bias);

    /// <inheritdoc/>
    public IReadOnlyList<int> Lengths => _targets.Lengths;

    /// <inheritdoc/>
    public int Capacity => _targets.Capacity;

    /// <inheritdoc/>
    public long Bytes => _targets.Bytes
        + _layers.SelectMany(layer => new[] { layer.Keys, layer.Values }).Sum(tensor => tensor.numel() * tensor.ElementSize);

    /// <inheritdoc/>
    public void Add(IKeyValueCache rows)
    {
        if (rows is not SourceCache other)
            throw new ModelException("The rows belong to a key/value cache of another model. Create it with this model's NewCache.");
        _targets.Add(other._targets);
        using var noGrad = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        (long own, long added) = (_layers[0].Keys.size(2), other._layers[0].Keys.size(2));
        long length = Math.Max(own, added);
        Tensor? bias = _bias is null && other._bias is null && own == added ? null
            : torch.cat([Hidden(_bias, _identities.Length, own, length), Hidden(other._bias, other._identities.Length, added, length)], 0);
        Replace([.. _layers.Zip(other._layers, (mine, theirs) => (Join(mine.Keys, theirs.Keys), Join(mine.Values, theirs.Values)))], bias);
        _identities = [.. _identities, .. other._identities];

        Tensor Join(Tensor mine, Tensor theirs) => torch.cat([Widen(mine, length), Widen(theirs, length)], 0);

        // The scores of the slots after a short source are masked.
        Tensor Hidden(Tensor? present, long count, long slots, long wanted)
        {
            Tensor visible = present ?? torch.zeros([count, 1, 1, slots], (_bias ?? other._bias)?.dtype ?? Type, _layers[0].Keys.device);
            if (slots == wanted)
                return visible;
            Tensor masked = torch.ones([count, 1, 1, wanted - slots], torch.ScalarType.Bool, visible.device);
            return torch.cat([visible, AttentionMask.Bias(masked, visible.dtype)], -1);
        }
    }

    /// <inheritdoc/>
    public void Select(IReadOnlyList<int> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        _targets.Select(rows);
        object[] identities = [.. rows.Select(row => _identities[row])];
        if (!identities.SequenceEqual(_identities))
        {
            using var noGrad = torch.no_grad();
            using DisposeScope scope = torch.NewDisposeScope();
            Tensor index = torch.tensor(rows.Select(row => (long)row).ToArray(), device: _layers[0].Keys.device);
            Replace(
                Array.ConvertAll(_layers, layer => (layer.Keys.index_select(0, index), layer.Values.index_select(0, index))),
                _bias?.index_select(0, index));
        }

        _identities = identities;
    }

    /// <inheritdoc/>
    public void Truncate(int row, int length) => _targets.Truncate(row, length);

    /// <inheritdoc/>
    public void Dispose()
    {
        _targets.Dispose();
        DisposeSources();
    }

    private torch.ScalarType Type => _layers[0].Keys.dtype;

    private static Tensor Widen(Tensor heads, long length)
    {
        long missing = length - heads.size(2);
        return missing == 0
            ? heads
            : torch.cat([heads, torch.zeros([heads.size(0), heads.size(1), missing, heads.size(3)], heads.dtype, heads.device)], 2);
    }

    private void Replace((Tensor Keys, Tensor Values)[] layers, Tensor? bias)
    {
        DisposeSources();
        _layers = Array.ConvertAll(layers, layer => (layer.Keys.DetachFromDisposeScope(), layer.Values.DetachFromDisposeScope()));
        _bias = bias?.DetachFromDisposeScope();
    }

    private void DisposeSources()
    {
        foreach ((Tensor keys, Tensor values) in _layers)
        {
            keys.Dispose();
            values.Dispose();
        }

        _bias?.Dispose();
    }
}
