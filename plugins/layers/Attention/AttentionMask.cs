namespace Tenon.Layers;

/// <summary>Which keys each query attends to, as a bias on the scores: 0 where it attends, a large negative number elsewhere.</summary>
public static class AttentionMask
{
    /// <summary>
    /// Creates the mask of one forward pass, which all layers share. The large negative number is finite, so that a query that
    /// attends to nothing (padding) does not produce NaN.
    /// </summary>
    /// <param name="queries">Tokens of this pass, Tq.</param>
    /// <param name="keys">Number of keys, Tk ≥ Tq; the queries are the last Tq of them.</param>
    /// <param name="causal">Whether a query attends only to itself and to the keys before it.</param>
    /// <param name="keyMask">
    /// int64 [B, Tk], 1 for keys that are attended, 0 for padding, or null if there is no padding. Not disposed.
    /// </param>
    /// <param name="type">Floating-point type of the scores.</param>
    /// <param name="device">Device of the scores.</param>
    /// <param name="sequences">
    /// int64 [B, T], T ≤ Tq: the sequences that the last T tokens belong to; a token attends to its own sequence, and to the
    /// tokens before all sequences. Null if all tokens belong to one sequence. Not disposed.
    /// </param>
    /// <param name="window">
    /// Maximum number of keys that a query attends to, including itself (sliding-window attention, Beltagy et al. 2020), or
    /// null for all. Padding counts too.
    /// </param>
    /// <returns>[Tq, Tk] or [B, 1, 1 or Tq, Tk] in the current dispose scope; null when nothing is masked.</returns>
    public static Tensor? Create(
        long queries,
        long keys,
        bool causal,
        Tensor? keyMask,
        torch.ScalarType type,
        torch.Device device,
        Tensor? sequences = null,
        int? window = null)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor? hidden = causal && queries > 1
            ? torch.ones([queries, keys], torch.ScalarType.Bool, device).triu(keys - queries + 1) // [Tq, Tk]
            : null;
        if (window < keys)
        {
            // Query i is key keys − queries + i, and does not attend to keys that are window or more positions before it.
            Tensor distant = torch.ones([queries, keys], torch.ScalarType.Bool, device).tril(keys - queries - window.Value); // [Tq, Tk]
            hidden = hidden is null ? distant : hidden.logical_or(distant);
        }

        if (keyMask is not null)
        {
            Tensor padding = keyMask.eq(0).view(keyMask.size(0), 1, 1, keys);
            hidden = hidden is null ? padding : hidden.logical_or(padding);
        }

        if (sequences is not null)
        {
            Tensor others = Others(queries, keys, sequences);
            hidden = hidden is null ? others : hidden.logical_or(others);
        }

        return hidden is null ? null : Bias(hidden, type).MoveToOuterDisposeScope();
    }

    /// <summary>The bias for masked keys: a large negative number where a key is masked, 0 elsewhere.</summary>
    /// <param name="hidden">bool of any shape. Not disposed.</param>
    /// <param name="type">Floating-point type of the scores.</param>
    /// <returns>A tensor of the same shape in the current dispose scope.</returns>
    public static Tensor Bias(Tensor hidden, torch.ScalarType type)
    {
        ArgumentNullException.ThrowIfNull(hidden);
        using DisposeScope scope = torch.NewDisposeScope();
        return torch.zeros(hidden.shape, type, hidden.device).masked_fill_(hidden, Lowest(type)).MoveToOuterDisposeScope();
    }

    // [B, 1, Tq, Tk]: true where query and key belong to different sequences.
    private static Tensor Others(long queries, long keys, Tensor sequences)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        long tokens = sequences.size(1);
        Tensor differ = sequences.unsqueeze(2).ne(sequences.unsqueeze(1)); // [B, T, 1] and [B, 1, T] -> [B, T, T]
        Tensor others = torch.zeros([sequences.size(0), queries, keys], torch.ScalarType.Bool, sequences.device);
        others.narrow(1, queries - tokens, tokens).narrow(2, keys - tokens, tokens).copy_(differ);
        return others.unsqueeze(1).MoveToOuterDisposeScope();
    }

    // The maximum of float16 is 65,504; the other types reach 1e38.
    private static double Lowest(torch.ScalarType type) => type == torch.ScalarType.Float16 ? -65504 : -1e30;
}
