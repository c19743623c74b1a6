namespace Tenon.Layers;

/// <summary>
/// The processes that divide the layers of a model, and what the layers exchange (Shoeybi et al. 2019, section 3, whose f and g are
/// <see cref="Enter"/> and <see cref="Sum"/>).
/// </summary>
/// <param name="ranks">The processes.</param>
public sealed class LayerRanks(ICommunicator ranks)
{
    private (Tensor Input, Tensor Output)? _entered;

    /// <summary>This process, from 0.</summary>
    public int Rank => ranks.Rank;

    /// <summary>Number of processes.</summary>
    public int Size => ranks.Size;

    /// <summary>Divides all layers of a model.</summary>
    /// <param name="model">The model. It is not divided itself.</param>
    /// <returns>How the parameters are divided, by their names in the model.</returns>
    public IReadOnlyDictionary<string, TensorDivision> Divide(torch.nn.Module model)
    {
        ArgumentNullException.ThrowIfNull(model);
        var divisions = new Dictionary<string, TensorDivision>(StringComparer.Ordinal);
        foreach ((string name, torch.nn.Module module) in model.named_modules().ToList())
        {
            if (module is not IDividedLayer layer)
                continue;
            foreach ((string own, TensorDivision division) in layer.Divide(this))
                divisions.Add($"{name}.{own}", division);
        }

        return divisions;
    }

    /// <summary>The attention heads of this process.</summary>
    /// <param name="total">Number of all heads, a multiple of <see cref="Size"/>.</param>
    public HeadPart Heads(int total) => new((long)total / Size * Rank, total);

    /// <summary>
    /// The input of a part of a layer: the same values, whose gradient is the sum of those of all processes. Layers that read the same
    /// tensor object share the sum.
    /// </summary>
    /// <param name="input">Any shape. Not disposed.</param>
    /// <returns>The input itself if it gets no gradient; otherwise a tensor in the scope outside the current one.</returns>
    public Tensor Enter(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (!torch.is_grad_enabled() || !input.requires_grad)
            return input;
        if (_entered is { } last && ReferenceEquals(last.Input, input) && !last.Output.IsInvalid)
            return last.Output;
        Tensor output = EnteredTensor.apply(ranks, input).MoveToOuterDisposeScope();
        _entered = (input, output);
        return output;
    }

    /// <summary>
    /// A parameter that every process has, in a computation of which each does a part: its gradient is the sum of those of all processes.
    /// </summary>
    /// <param name="parameter">Not disposed.</param>
    /// <returns>The values in the current dispose scope.</returns>
    public Tensor EnterParameter(Tensor parameter)
    {
        ArgumentNullException.ThrowIfNull(parameter);
        return torch.is_grad_enabled() && parameter.requires_grad ? EnteredTensor.apply(ranks, parameter) : parameter;
    }

    /// <summary>Adds up the tensors of all processes.</summary>
    /// <param name="part">Any shape and floating-point type, the same in all processes; summed in float32. Not disposed.</param>
    /// <returns>The sum in the current dispose scope; its gradient is that of each of the tensors.</returns>
    public Tensor Sum(Tensor part)
    {
        ArgumentNullException.ThrowIfNull(part);
        return torch.is_grad_enabled() && part.requires_grad ? SummedTensor.apply(ranks, part) : RankSum.Of(part, ranks);
    }

    /// <summary>Collects the last dimension, of which each process has a range.</summary>
    /// <param name="part">[..., n]. Not disposed.</param>
    /// <param name="length">Length of the whole dimension.</param>
    /// <returns>[..., length] in the current dispose scope, the same in all processes.</returns>
    public Tensor Collect(Tensor part, long length)
    {
        ArgumentNullException.ThrowIfNull(part);
        return torch.is_grad_enabled() && part.requires_grad
            ? CollectedTensor.apply(ranks, part, length) : CollectedTensor.Collect(ranks, part, length);
    }

    /// <summary>Combines numbers of all processes in place, without graph.</summary>
    /// <param name="numbers">Contiguous.</param>
    /// <param name="reduction">How to combine.</param>
    internal void Reduce(Tensor numbers, Reduction reduction) => ranks.AllReduce(numbers, reduction);
}
