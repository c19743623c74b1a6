using TorchSharp;

namespace Tenon;

/// <summary>
/// How several processes divide a tensor along one dimension, each keeping one range of it. A dimension may consist of equal parts, such
/// as queries, keys and values in one matrix; each process then keeps one range of every part.
/// </summary>
/// <param name="Dimension">The dimension.</param>
/// <param name="Length">Its length in the whole tensor, a multiple of <paramref name="Parts"/>.</param>
/// <param name="Parts">Number of equal parts, at least 1.</param>
public sealed record TensorDivision(int Dimension, long Length, int Parts = 1)
{
    /// <summary>The range of a process in each part. The ranges of all processes differ in length by at most 1.</summary>
    /// <param name="rank">The process, in [0, <paramref name="ranks"/>).</param>
    /// <param name="ranks">Number of processes, at least 1 and at most the length of a part.</param>
    public (long First, long Count) RangeOf(int rank, int ranks)
    {
        long part = Length / Parts, first = part * rank / ranks;
        return (first, part * (rank + 1) / ranks - first);
    }

    /// <summary>The shape of the tensor of a process.</summary>
    /// <param name="whole">The shape of the whole tensor.</param>
    /// <param name="rank">The process.</param>
    /// <param name="ranks">Number of processes.</param>
    public long[] ShapeOf(IReadOnlyList<long> whole, int rank, int ranks) =>
        [.. whole.Select((size, dimension) => dimension == Dimension ? Parts * RangeOf(rank, ranks).Count : size)];

    /// <summary>The shape of the whole tensor.</summary>
    /// <param name="own">The shape of the tensor of any process.</param>
    public long[] WholeShape(IReadOnlyList<long> own) => [.. own.Select((size, dimension) => dimension == Dimension ? Length : size)];

    /// <summary>Copies the elements of a process out of the whole tensor.</summary>
    /// <param name="whole">Not disposed.</param>
    /// <param name="rank">The process.</param>
    /// <param name="ranks">Number of processes.</param>
    /// <returns>A contiguous tensor without graph in the current dispose scope.</returns>
    public Tensor Take(Tensor whole, int rank, int ranks)
    {
        ArgumentNullException.ThrowIfNull(whole);
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor own = torch.empty(ShapeOf(whole.shape, rank, ranks), whole.dtype, whole.device);
        View(own, RangeOf(rank, ranks).Count).copy_(Ranges(whole, rank, ranks));
        return own.MoveToOuterDisposeScope();
    }

    /// <summary>Copies the elements of a process into the whole tensor.</summary>
    /// <param name="whole">Receives them.</param>
    /// <param name="own">The tensor of the process. Not disposed.</param>
    /// <param name="rank">The process.</param>
    /// <param name="ranks">Number of processes.</param>
    public void Put(Tensor whole, Tensor own, int rank, int ranks)
    {
        ArgumentNullException.ThrowIfNull(whole);
        ArgumentNullException.ThrowIfNull(own);
        using DisposeScope scope = torch.NewDisposeScope();
        Ranges(whole, rank, ranks).copy_(View(own.detach(), RangeOf(rank, ranks).Count));
    }

    // [..., parts · length, ...] -> the ranges of a process, [..., parts, count, ...]
    private Tensor Ranges(Tensor whole, int rank, int ranks)
    {
        (long first, long count) = RangeOf(rank, ranks);
        return View(whole.detach(), Length / Parts).narrow(Dimension + 1, first, count);
    }

    // [..., parts · length, ...] -> [..., parts, length, ...]
    private Tensor View(Tensor tensor, long length) =>
        tensor.view([.. tensor.shape[..Dimension], Parts, length, .. tensor.shape[(Dimension + 1)..]]);
}
