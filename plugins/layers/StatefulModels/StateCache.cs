namespace Tenon.Layers;

/// <summary>
/// The cache of a model whose network has a state: the state after the tokens of each row, and the tokens. A state cannot be taken
/// back, so the tokens of a truncated row are read again.
/// </summary>
internal sealed class StateCache : IKeyValueCache
{
    private readonly IStateReader _model;
    private List<List<int>> _tokens; // of each row
    private HashSet<int> _truncated = []; // rows whose state is that of more tokens
    private Tensor[] _state; // [rows, ...]

    /// <summary>Creates empty rows.</summary>
    /// <param name="model">The model that reads tokens.</param>
    /// <param name="state">The state before the first token of each row, at least one row. Not disposed.</param>
    /// <param name="capacity">Tokens that fit in each row.</param>
    /// <exception cref="ModelException">No token fits in a row.</exception>
    public StateCache(IStateReader model, IReadOnlyList<Tensor> state, int capacity)
    {
        if (capacity < 1)
            throw new ModelException($"A cache needs at least 1 token per row; requested: {capacity}.");
        (_model, Capacity) = (model, capacity);
        _tokens = [.. Enumerable.Range(0, (int)state[0].size(0)).Select(_ => new List<int>())];
        using DisposeScope scope = torch.NewDisposeScope();
        _state = Keep(state);
    }

    /// <inheritdoc/>
    public IReadOnlyList<int> Lengths => [.. _tokens.Select(row => row.Count)];

    /// <inheritdoc/>
    public int Capacity { get; }

    /// <summary>Reads the next tokens of all rows.</summary>
    /// <param name="inputIds">int64 [rows, T]. Not disposed.</param>
    /// <param name="attentionMask">int64 [rows, T], padded on the left, or null. Not disposed.</param>
    /// <returns>float32 [rows, T, E] in the current dispose scope.</returns>
    /// <exception cref="ModelException">The rows or tokens do not fit in the cache, or padding is not on the left.</exception>
    public Tensor Read(Tensor inputIds, Tensor? attentionMask)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        int[][] added = Added(inputIds, attentionMask);
        Restore();
        var rows = new AlignedRows(inputIds, attentionMask);
        StatePass pass = _model.Read(rows.InputIds, _state, attentionMask is null ? null : [.. added.Select(row => (long)row.Length)]);
        Replace(pass.State);
        foreach ((List<int> row, int[] tokens) in _tokens.Zip(added))
            row.AddRange(tokens);
        return rows.Restore(pass.Output).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Add(IKeyValueCache rows)
    {
        if (rows is not StateCache other || other._model != _model)
            throw new ModelException("The rows belong to a cache of another model. Create it with this model's NewCache.");
        if (other.Lengths.Max() > Capacity)
        {
            throw new ModelException(
                $"A row of {other.Lengths.Max()} tokens does not fit in a cache of {Capacity}. Make the cache larger.");
        }

        using var noGrad = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        Replace([.. _state.Zip(other._state, Join)]);
        _truncated.UnionWith(other._truncated.Select(row => _tokens.Count + row));
        _tokens.AddRange(other._tokens.Select(row => new List<int>(row)));
    }

    /// <inheritdoc/>
    public void Select(IReadOnlyList<int> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        foreach (int row in rows)
            CheckRow(row);
        using var noGrad = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor index = torch.tensor(rows.Select(row => (long)row).ToArray(), device: _state[0].device);
        Replace([.. _state.Select(tensor => tensor.index_select(0, index))]);
        _truncated = [.. Enumerable.Range(0, rows.Count).Where(at => _truncated.Contains(rows[at]))];
        _tokens = [.. rows.Select(row => new List<int>(_tokens[row]))];
    }

    /// <inheritdoc/>
    public void Truncate(int row, int length)
    {
        CheckRow(row);
        List<int> tokens = _tokens[row];
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, tokens.Count);
        if (length == tokens.Count)
            return;
        tokens.RemoveRange(length, tokens.Count - length);
        _truncated.Add(row);
    }

    /// <inheritdoc/>
    public void Dispose() => Array.ForEach(_state, tensor => tensor.Dispose());

    // The tokens of each row.
    private int[][] Added(Tensor inputIds, Tensor? attentionMask)
    {
        (int rows, int length) = ((int)inputIds.size(0), (int)inputIds.size(1));
        if (rows != _tokens.Count)
        {
            throw new ModelException(
                $"The input has {rows} rows, but the cache has {_tokens.Count}. Pass one row of tokens for each row of the cache.");
        }

        long[] ids = TextRollout.Values(inputIds);
        long[]? mask = attentionMask is null ? null : TextRollout.Values(attentionMask);
        var added = new int[rows][];
        for (int row = 0; row < rows; row++)
        {
            int first = mask is null ? 0 : mask.AsSpan(row * length, length).IndexOf(1L);
            if (first < 0 || (mask is not null && mask.AsSpan(row * length + first, length - first).Contains(0L)))
            {
                throw new ModelException(
                    $"Row {row} of 'attention_mask' has {(first < 0 ? "no 1" : "a 0 after a 1")}. " +
                    "With a cache, padding must be on the left, before at least 1 token.");
            }

            added[row] = [.. ids[(row * length + first)..((row + 1) * length)].Select(id => (int)id)];
            if (_tokens[row].Count + added[row].Length > Capacity)
            {
                throw new ModelException(
                    $"The cache holds {Capacity} tokens per row; {_tokens[row].Count + added[row].Length} are too many. Make it larger.");
            }
        }

        return added;
    }

    // Computes the states of truncated rows.
    private void Restore()
    {
        if (_truncated.Count == 0)
            return;
        using var noGrad = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        int[] rows = [.. _truncated.Order()];
        Tensor index = torch.tensor(Array.ConvertAll(rows, row => (long)row), device: _state[0].device);
        Put(index, _model.Restart([.. _state.Select(tensor => tensor.index_select(0, index))]));
        int[] read = [.. rows.Where(row => _tokens[row].Count > 0)];
        if (read.Length > 0)
        {
            index = torch.tensor(Array.ConvertAll(read, row => (long)row), device: _state[0].device);
            (Tensor ids, Tensor? padded) = PairCollation.Right(Array.ConvertAll(read, row => _tokens[row].ToArray()), padding: 0);
            long[]? lengths = padded is null ? null : Array.ConvertAll(read, row => (long)_tokens[row].Count);
            Tensor[] state = [.. _state.Select(tensor => tensor.index_select(0, index))];
            Put(index, _model.Read(ids.to(_state[0].device), state, lengths).State);
        }

        _truncated.Clear();
    }

    private void Put(Tensor rows, IReadOnlyList<Tensor> state)
    {
        foreach ((Tensor whole, Tensor part) in _state.Zip(state))
            whole.index_copy_(0, rows, part);
    }

    // [rows, N, ...] and [more, M, ...] -> [rows + more, the larger of N and M, ...], with zeros at the end of the shorter ones.
    private static Tensor Join(Tensor mine, Tensor theirs)
    {
        long length = Math.Max(mine.size(1), theirs.size(1));
        return torch.cat([Widen(mine), Widen(theirs)], 0);

        Tensor Widen(Tensor tensor)
        {
            if (tensor.size(1) == length)
                return tensor;
            long[] missing = [tensor.size(0), length - tensor.size(1), .. tensor.shape[2..]];
            return torch.cat([tensor, torch.zeros(missing, tensor.dtype, tensor.device)], 1);
        }
    }

    private void Replace(IReadOnlyList<Tensor> state)
    {
        Tensor[] former = _state;
        _state = Keep(state);
        Array.ForEach(former, tensor => tensor.Dispose());
    }

    private static Tensor[] Keep(IEnumerable<Tensor> state) =>
        [.. state.Select(tensor => tensor.detach().contiguous().DetachFromDisposeScope())];

    private void CheckRow(int row)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(row);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, _tokens.Count);
    }
}
