namespace Tenon.Layers;

/// <summary>
/// The slots that the T tokens of one forward pass take in the rows of a <see cref="KeyValueCache"/>. Rows may have
/// different lengths, and a row may have fewer than T tokens after padding on the left. Tensors are created on first use: a
/// kernel needs none.
/// </summary>
internal sealed class CachePass : IDisposable
{
    private readonly int[] _starts; // slot of each row's first new token
    private readonly torch.Device _device;
    private Tensor? _positions;
    private (Tensor Rows, Tensor Columns, Tensor Slots)? _places;
    private readonly Dictionary<(torch.ScalarType Type, int? Window), Tensor> _biases = [];

    /// <summary>Assigns the slots.</summary>
    /// <param name="lengths">Tokens in each row so far.</param>
    /// <param name="stored">Virtual tokens that preceded them before this pass.</param>
    /// <param name="added">Virtual tokens that this pass adds there.</param>
    /// <param name="tokens">T.</param>
    /// <param name="attentionMask">int64 [B, T] (<see cref="CausalTransformer"/> checks its shape), or null. Not disposed.</param>
    /// <param name="device">Device of the tensors.</param>
    /// <exception cref="ModelException">Padding is not on the left.</exception>
    public CachePass(int[] lengths, int stored, int added, int tokens, Tensor? attentionMask, torch.Device device)
    {
        (PrefixLength, Tokens, _device) = (stored + added, tokens, device);
        _starts = Array.ConvertAll(lengths, length => PrefixLength + length);
        Added = CountTokens(lengths.Length, tokens, attentionMask);
        IsPadded = Added.Any(count => count != tokens);
        IsFirst = stored == 0 && Array.TrueForAll(lengths, length => length == 0);
        IsUniform = !IsPadded && lengths.All(length => length == lengths[0]);
        Keys = _starts.Zip(Added, (start, count) => start + count).Max();
    }

    /// <summary>T.</summary>
    public int Tokens { get; }

    /// <summary>Virtual tokens at the start of each row.</summary>
    public int PrefixLength { get; }

    /// <summary>Tokens that each row receives: T minus its padding.</summary>
    public int[] Added { get; }

    /// <summary>Slots in use after the pass in the longest row.</summary>
    public int Keys { get; }

    /// <summary>Whether all rows were empty before, without tokens or virtual tokens.</summary>
    public bool IsFirst { get; }

    /// <summary>Whether any row receives fewer than T tokens.</summary>
    public bool IsPadded { get; }

    /// <summary>Whether all rows have the same length and receive T tokens each.</summary>
    public bool IsUniform { get; }

    /// <summary>int64 [B, T]: positions of the tokens, equal to their slots; arbitrary for padding.</summary>
    public Tensor Positions => _positions ??= Table((row, t) => _starts[row] + Math.Max(0, t - (Tokens - Added[row])));

    /// <summary>Added to the scores of a pass over rows of different lengths: [B, 1, T, keys].</summary>
    /// <param name="type">Floating-point type of the scores.</param>
    /// <param name="window">Maximum number of keys that a token attends to, including itself, or null for all before it.</param>
    public Tensor AttentionBias(torch.ScalarType type, int? window)
    {
        if (_biases.TryGetValue((type, window), out Tensor? known))
            return known;
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor slots = torch.arange(Keys, torch.ScalarType.Int64, _device);
        Tensor positions = Positions.unsqueeze(2);
        Tensor hidden = slots.gt(positions); // [keys] and [B, T, 1] -> [B, T, keys]
        if (window is { } keys)
            hidden = hidden.logical_or_(slots.le(positions - keys));
        return _biases[(type, window)] = AttentionMask.Bias(hidden.unsqueeze(1), type).DetachFromDisposeScope();
    }

    /// <summary>Copies keys or values of one layer into its buffer.</summary>
    /// <param name="from">[B, H, N, D]: virtual tokens of this pass, then T tokens. Not disposed.</param>
    /// <param name="buffer">[rows, H, slots, D]. Written.</param>
    public void Store(Tensor from, Tensor buffer)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        long count = from.size(2), rows = from.size(0);
        Tensor to = buffer.size(0) == rows ? buffer : buffer.narrow(0, 0, rows);
        if (IsUniform)
        {
            to.narrow(2, _starts[0] + Tokens - count, count).copy_(from);
            return;
        }

        long virtualTokens = count - Tokens;
        if (virtualTokens > 0)
            to.narrow(2, PrefixLength - virtualTokens, virtualTokens).copy_(from.narrow(2, 0, virtualTokens));
        (Tensor row, Tensor column, Tensor slot) = _places ??= Places();
        Tensor tokens = from.narrow(2, virtualTokens, Tokens).transpose(1, 2); // [B, T, H, D]
        to.transpose(1, 2).index_put_(tokens.index(row, column).to(buffer.dtype), row, slot); // [n, H, D] into [B, slots, H, D]
    }

    /// <summary>Disposes the tensors.</summary>
    public void Dispose()
    {
        _positions?.Dispose();
        foreach (Tensor bias in _biases.Values)
            bias.Dispose();
        if (_places is { } places)
        {
            places.Rows.Dispose();
            places.Columns.Dispose();
            places.Slots.Dispose();
        }
    }

    private static int[] CountTokens(int rows, int tokens, Tensor? attentionMask)
    {
        if (attentionMask is null)
            return [.. Enumerable.Repeat(tokens, rows)];
        using DisposeScope scope = torch.NewDisposeScope();
        long[] mask = [.. attentionMask.cpu().contiguous().data<long>()];
        int[] counts = [.. Enumerable.Range(0, rows).Select(row => mask.AsSpan(row * tokens, tokens).Count(1))];
        for (int row = 0; row < rows; row++)
        {
            if (mask.AsSpan(row * tokens, tokens - counts[row]).ContainsAnyExcept(0))
            {
                throw new ModelException(
                    $"Row {row} of 'attention_mask' has a 0 after a 1. With a key/value cache, padding must be on the left.");
            }
        }

        return counts;
    }

    // For each token that is not padding, [n]: its row and column in the input, and its slot.
    private (Tensor Rows, Tensor Columns, Tensor Slots) Places()
    {
        var (rows, columns, slots) = (new List<long>(), new List<long>(), new List<long>());
        for (int row = 0; row < Added.Length; row++)
        {
            for (int i = 0; i < Added[row]; i++)
            {
                rows.Add(row);
                columns.Add(Tokens - Added[row] + i);
                slots.Add(_starts[row] + i);
            }
        }

        return (Make(rows), Make(columns), Make(slots));

        Tensor Make(List<long> values) => torch.tensor(values, device: _device).DetachFromDisposeScope();
    }

    private Tensor Table(Func<int, int, int> value)
    {
        var table = new long[Added.Length, Tokens];
        for (int row = 0; row < Added.Length; row++)
        {
            for (int t = 0; t < Tokens; t++)
                table[row, t] = value(row, t);
        }

        return torch.tensor(table, device: _device).DetachFromDisposeScope();
    }
}
