namespace Tenon.Layers;

/// <summary>Sums over processes, without graph.</summary>
internal static class RankSum
{
    /// <summary>Adds up the tensors of all processes, in float32.</summary>
    /// <param name="part">Any shape and floating-point type. Not changed.</param>
    /// <param name="ranks">The processes.</param>
    /// <returns>A tensor of the same type in the current dispose scope.</returns>
    public static Tensor Of(Tensor part, ICommunicator ranks)
    {
        using IDisposable untracked = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor sum = torch.empty(part.shape, torch.ScalarType.Float32, part.device).copy_(part);
        ranks.AllReduce(sum);
        return sum.to(part.dtype).MoveToOuterDisposeScope();
    }

    /// <summary>Adds up the tensors of all processes, in float32, at the positions of this process.</summary>
    /// <param name="part">[B, T, E], any floating-point type. Not changed.</param>
    /// <param name="ranks">The processes.</param>
    /// <returns>[B, n, E] of the same type in the current dispose scope.</returns>
    public static Tensor OfPositions(Tensor part, ICommunicator ranks)
    {
        using IDisposable untracked = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        var division = new TensorDivision(0, part.size(1));
        long longest = RankRanges.Longest(ranks, part.size(1));
        long[] shape = [part.size(0), longest, .. part.shape[2..]];
        Tensor all = torch.zeros([ranks.Size, .. shape], torch.ScalarType.Float32, part.device);
        for (int rank = 0; rank < ranks.Size; rank++)
        {
            (long first, long count) = division.RangeOf(rank, ranks.Size);
            all[rank].narrow(1, 0, count).copy_(part.narrow(1, first, count));
        }

        Tensor sum = torch.empty(shape, torch.ScalarType.Float32, part.device);
        ranks.ReduceScatter(sum, all);
        return sum.narrow(1, 0, division.RangeOf(ranks.Rank, ranks.Size).Count).to(part.dtype).MoveToOuterDisposeScope();
    }
}

/// <summary>Ranges of a dimension that processes have, without graph.</summary>
internal static class RankRanges
{
    /// <summary>The length of the longest range. Ranges may differ in length by 1.</summary>
    /// <param name="ranks">The processes.</param>
    /// <param name="length">Length of the whole dimension.</param>
    public static long Longest(ICommunicator ranks, long length) => (length + ranks.Size - 1) / ranks.Size;

    /// <summary>Collects the ranges of all processes.</summary>
    /// <param name="ranks">The processes.</param>
    /// <param name="part">The range of this process. Not disposed.</param>
    /// <param name="dimension">The dimension.</param>
    /// <param name="length">Length of the whole dimension.</param>
    /// <returns>The whole tensor in the current dispose scope.</returns>
    public static Tensor Collect(ICommunicator ranks, Tensor part, int dimension, long length)
    {
        using IDisposable untracked = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        // All are padded to the longest.
        var division = new TensorDivision(dimension, length);
        long[] shape = part.shape;
        shape[dimension] = Longest(ranks, length);
        Tensor own = torch.zeros(shape, part.dtype, part.device);
        own.narrow(dimension, 0, part.size(dimension)).copy_(part);
        Tensor all = torch.empty([ranks.Size, .. shape], part.dtype, part.device);
        ranks.AllGather(all, own);
        return torch.cat([.. Enumerable.Range(0, ranks.Size)
            .Select(rank => all[rank].narrow(dimension, 0, division.RangeOf(rank, ranks.Size).Count))], dimension)
            .MoveToOuterDisposeScope();
    }
}

/// <summary>The same values, with the sum of the gradients of all processes: f of Shoeybi et al. (2019), figure 3.</summary>
internal sealed class EnteredTensor : torch.autograd.SingleTensorFunction<EnteredTensor>
{
    private const string Ranks = "ranks";

    /// <inheritdoc/>
    public override string Name => nameof(EnteredTensor);

    /// <inheritdoc/>
    public override Tensor forward(torch.autograd.AutogradContext ctx, params object[] vars)
    {
        ctx.save_data(Ranks, vars[0]);
        return ((Tensor)vars[1]).alias();
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(torch.autograd.AutogradContext ctx, Tensor grad_output)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor sum = RankSum.Of(grad_output, (ICommunicator)ctx.get_data(Ranks));
        grad_output.Dispose();
        return ReturnedGradients.Of(null, sum);
    }
}

/// <summary>The sum over all processes, whose gradient is that of each part: g of Shoeybi et al. (2019), figure 3.</summary>
internal sealed class SummedTensor : torch.autograd.SingleTensorFunction<SummedTensor>
{
    /// <inheritdoc/>
    public override string Name => nameof(SummedTensor);

    /// <inheritdoc/>
    public override Tensor forward(torch.autograd.AutogradContext ctx, params object[] vars) =>
        RankSum.Of((Tensor)vars[1], (ICommunicator)vars[0]);

    /// <inheritdoc/>
    public override List<Tensor> backward(torch.autograd.AutogradContext ctx, Tensor grad_output)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor same = grad_output.alias();
        grad_output.Dispose();
        return ReturnedGradients.Of(null, same);
    }
}

/// <summary>
/// The positions of all processes, with the sum of the gradients of all processes at its own positions: g of Korthikanti et al. (2022),
/// figure 5.
/// </summary>
internal sealed class GatheredTensor : torch.autograd.SingleTensorFunction<GatheredTensor>
{
    private const string Ranks = "ranks";

    /// <inheritdoc/>
    public override string Name => nameof(GatheredTensor);

    /// <inheritdoc/>
    public override Tensor forward(torch.autograd.AutogradContext ctx, params object[] vars)
    {
        ctx.save_data(Ranks, vars[0]);
        return RankRanges.Collect((ICommunicator)vars[0], (Tensor)vars[1], dimension: 1, (long)vars[2]);
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(torch.autograd.AutogradContext ctx, Tensor grad_output)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor sum = RankSum.OfPositions(grad_output, (ICommunicator)ctx.get_data(Ranks));
        grad_output.Dispose();
        return ReturnedGradients.Of(null, sum, null);
    }
}

/// <summary>
/// The sum over all processes at the positions of this process, whose gradient is that of all positions: ḡ of Korthikanti et al. (2022),
/// figure 5.
/// </summary>
internal sealed class ScatteredTensor : torch.autograd.SingleTensorFunction<ScatteredTensor>
{
    private const string Ranks = "ranks";
    private const string Length = "length";

    /// <inheritdoc/>
    public override string Name => nameof(ScatteredTensor);

    /// <inheritdoc/>
    public override Tensor forward(torch.autograd.AutogradContext ctx, params object[] vars)
    {
        var part = (Tensor)vars[1];
        ctx.save_data(Ranks, vars[0]);
        ctx.save_data(Length, part.size(1));
        return RankSum.OfPositions(part, (ICommunicator)vars[0]);
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(torch.autograd.AutogradContext ctx, Tensor grad_output)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor all = RankRanges.Collect((ICommunicator)ctx.get_data(Ranks), grad_output, dimension: 1, (long)ctx.get_data(Length));
        grad_output.Dispose();
        return ReturnedGradients.Of(null, all);
    }
}

/// <summary>A dimension of which every process has a range, whose gradient each process takes for its own range.</summary>
internal sealed class CollectedTensor : torch.autograd.SingleTensorFunction<CollectedTensor>
{
    private const string Ranks = "ranks";
    private const string Dimension = "dimension";

    /// <inheritdoc/>
    public override string Name => nameof(CollectedTensor);

    /// <inheritdoc/>
    public override Tensor forward(torch.autograd.AutogradContext ctx, params object[] vars)
    {
        ctx.save_data(Ranks, vars[0]);
        ctx.save_data(Dimension, vars[2]);
        return RankRanges.Collect((ICommunicator)vars[0], (Tensor)vars[1], (int)vars[2], (long)vars[3]);
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(torch.autograd.AutogradContext ctx, Tensor grad_output)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        var ranks = (ICommunicator)ctx.get_data(Ranks);
        int dimension = (int)ctx.get_data(Dimension);
        (long first, long count) = new TensorDivision(0, grad_output.size(dimension)).RangeOf(ranks.Rank, ranks.Size);
        Tensor own = grad_output.narrow(dimension, first, count).clone();
        grad_output.Dispose();
        return ReturnedGradients.Of(null, own, null, null);
    }
}
