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

/// <summary>The last dimension of all processes, whose gradient each process takes for its own range.</summary>
internal sealed class CollectedTensor : torch.autograd.SingleTensorFunction<CollectedTensor>
{
    private const string Ranks = "ranks";

    /// <inheritdoc/>
    public override string Name => nameof(CollectedTensor);

    /// <summary>Collects without graph.</summary>
    /// <param name="ranks">The processes.</param>
    /// <param name="part">[..., n]. Not disposed.</param>
    /// <param name="length">Length of the whole dimension.</param>
    /// <returns>[..., length] in the current dispose scope.</returns>
    public static Tensor Collect(ICommunicator ranks, Tensor part, long length)
    {
        using IDisposable untracked = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        // Ranges may differ in length by 1, so all are padded to the longest.
        var division = new TensorDivision((int)part.ndim - 1, length);
        long longest = (length + ranks.Size - 1) / ranks.Size;
        long[] rows = part.shape[..^1];
        Tensor own = torch.zeros([.. rows, longest], part.dtype, part.device);
        own.narrow(-1, 0, part.size(-1)).copy_(part);
        Tensor all = torch.empty([ranks.Size, .. rows, longest], part.dtype, part.device);
        ranks.AllGather(all, own);
        return torch.cat([.. Enumerable.Range(0, ranks.Size)
            .Select(rank => all[rank].narrow(-1, 0, division.RangeOf(rank, ranks.Size).Count))], -1).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override Tensor forward(torch.autograd.AutogradContext ctx, params object[] vars)
    {
        ctx.save_data(Ranks, vars[0]);
        return Collect((ICommunicator)vars[0], (Tensor)vars[1], (long)vars[2]);
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(torch.autograd.AutogradContext ctx, Tensor grad_output)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        var ranks = (ICommunicator)ctx.get_data(Ranks);
        (long first, long count) = new TensorDivision(0, grad_output.size(-1)).RangeOf(ranks.Rank, ranks.Size);
        Tensor own = grad_output.narrow(-1, first, count).clone();
        grad_output.Dispose();
        return ReturnedGradients.Of(null, own, null);
    }
}
