namespace Tenon;

/// <summary>
/// The rows of a step's batch that this process computes, if several processes divide it. Random numbers of a row must depend on its
/// place in the whole batch, so that a run is the same for any number of processes: draw them with <see cref="Draw"/>.
/// </summary>
/// <param name="First">The first row of this process.</param>
/// <param name="Count">The number of its rows, at least 1.</param>
/// <param name="Total">The number of rows of all processes.</param>
/// <param name="Blocks">
/// How often the rows are repeated in the tensors: 2 in a batch of pairs, whose second members follow all first ones; otherwise 1.
/// </param>
public sealed record BatchPart(long First, long Count, long Total, long Blocks = 1)
{
    // Not of a thread: the backward pass of a GPU, which repeats the forward pass of checkpointed layers, has its own threads.
    private static volatile BatchPart? _current;

    /// <summary>The rows that the current forward and backward pass computes; null if this process computes the whole batch.</summary>
    public static BatchPart? Current => _current;

    /// <summary>Returns the part that a batch of some rows is.</summary>
    /// <param name="rows">A batch with <see cref="Batch.RowTargets"/>, from <see cref="Batch.Rows"/>.</param>
    /// <param name="first">Its first row in the whole batch.</param>
    /// <param name="total">The number of rows of the whole batch.</param>
    /// <exception cref="ArgumentException">The batch has no <see cref="Batch.RowTargets"/>.</exception>
    public static BatchPart Of(Batch rows, long first, long total)
    {
        ArgumentNullException.ThrowIfNull(rows);
        if (rows.RowTargets is not { Count: > 0 and var count })
            throw new ArgumentException("The batch has no RowTargets.", nameof(rows));
        long longest = rows.Names.Select(name => rows[name]).Where(tensor => tensor.ndim > 0).Max(tensor => tensor.size(0));
        return new BatchPart(first, count, total, longest / count);
    }

    /// <summary>Returns how often the rows are repeated in something that consists of them.</summary>
    /// <param name="length">Rows, or elements of rows; a multiple of <see cref="Count"/>.</param>
    /// <returns><see cref="Blocks"/>, or 1 if the length is not that of so many blocks, because it belongs to one of them.</returns>
    public long BlocksOf(long length) => length % (Count * Blocks) == 0 ? Blocks : 1;

    /// <summary>
    /// Returns the place in the whole batch of a row of <see cref="Current"/>. Without it, the row itself. A policy's row draws from
    /// <c>random.Fork(BatchPart.Place(row))</c>.
    /// </summary>
    /// <param name="row">A row in the tensors of this process, from 0.</param>
    public static long Place(long row) =>
        _current is not { } part ? row : row / part.Count * part.Total + part.First + row % part.Count;

    /// <summary>Makes the rows current until the returned object is disposed. One pass at a time.</summary>
    /// <param name="part">The rows; null for the whole batch.</param>
    public static IDisposable Enter(BatchPart? part)
    {
        BatchPart? outer = _current;
        _current = part;
        return new Leaving(outer);
    }

    /// <summary>
    /// Draws random numbers for rows from a generator that has the same state in all processes: for the whole batch, of which the
    /// rows of this process are returned. Without <see cref="Current"/>, draws numbers of the shape.
    /// </summary>
    /// <param name="shape">
    /// The shape of the numbers of this process; its first dimension counts rows, or equally many parts of each.
    /// </param>
    /// <param name="draw">Draws numbers of a shape.</param>
    /// <returns>The numbers, in the current dispose scope.</returns>
    public static Tensor Draw(ReadOnlySpan<long> shape, Func<long[], Tensor> draw)
    {
        ArgumentNullException.ThrowIfNull(draw);
        long[] own = shape.ToArray();
        // What does not belong to rows is the same in all processes.
        if (_current is not { } part || own is not [long rows, .. long[] rest] || rows % part.Count != 0)
            return draw(own);
        long blocks = part.BlocksOf(rows);
        long each = rows / (part.Count * blocks);
        using Tensor all = draw([blocks * part.Total * each, .. rest]);
        using Tensor byRow = all.view([blocks, part.Total, each, .. rest]);
        using Tensor ofPart = byRow.narrow(1, part.First, part.Count);
        return ofPart.reshape(own).clone();
    }

    private sealed class Leaving(BatchPart? outer) : IDisposable
    {
        public void Dispose() => _current = outer;
    }
}
