namespace Tenon.Layers;

/// <summary>
/// The processes that divide the layers of a model, and what the layers exchange (Shoeybi et al. 2019, section 3, whose f and g are
/// <see cref="Enter"/> and <see cref="Sum"/>). If the processes also divide the sequence (Korthikanti et al. 2022, section 4.2.2), hidden
/// states have a part of the positions between <see cref="Sum"/> and <see cref="Enter"/>.
/// </summary>
/// <param name="ranks">The processes.</param>
public sealed class LayerRanks(ICommunicator ranks)
{
    private (Tensor Input, Tensor Output)? _entered;
    private long? _length;

    /// <summary>This process, from 0.</summary>
    public int Rank => ranks.Rank;

    /// <summary>Number of processes.</summary>
    public int Size => ranks.Size;

    /// <summary>The positions of hidden states, if the processes divide the sequence at present; otherwise null.</summary>
    public DimensionPart? Sequence => _length is { } length ? new(PositionsOf(length).First, length) : null;

    /// <summary>The positions of this process if the processes divide a sequence.</summary>
    /// <param name="length">Number of positions of the sequence.</param>
    public (long First, long Count) PositionsOf(long length) => new TensorDivision(0, length).RangeOf(Rank, Size);

    /// <summary>Divides a sequence until the returned object is disposed.</summary>
    /// <param name="length">Number of positions, T, at least as many as processes.</param>
    public IDisposable DivideSequence(long length)
    {
        var outer = new SequenceEnd(this, _length);
        _length = length;
        return outer;
    }

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
    public DimensionPart Heads(int total) => new((long)total / Size * Rank, total);

    /// <summary>
    /// The input of a part of a layer: the same values, whose gradient is the sum of those of all processes. Layers that read the same
    /// tensor object share the sum. If the processes divide the sequence, the positions of all processes are collected.
    /// </summary>
    /// <param name="input">Any shape; [B, n, E] of a divided sequence. Not disposed.</param>
    /// <returns>
    /// The input itself if it is whole and gets no gradient; otherwise a tensor in the scope outside the current one, [B, T, E] of a
    /// divided sequence.
    /// </returns>
    public Tensor Enter(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (_length is null && !IsTracked(input))
            return input;
        if (_entered is { } last && ReferenceEquals(last.Input, input) && !last.Output.IsInvalid)
            return last.Output;
        Tensor output = EnterAlone(input).MoveToOuterDisposeScope();
        _entered = (input, output);
        return output;
    }

    /// <summary>As <see cref="Enter"/>, for an input that no other layer reads.</summary>
    /// <param name="input">As there. Not disposed.</param>
    /// <returns>As there, in the current dispose scope.</returns>
    internal Tensor EnterAlone(Tensor input) => (IsTracked(input), _length) switch
    {
        (true, { } length) => GatheredTensor.apply(ranks, input, length),
        (false, { } length) => RankRanges.Collect(ranks, input, dimension: 1, length),
        (true, null) => EnteredTensor.apply(ranks, input),
        _ => input,
    };

    /// <summary>
    /// A parameter that every process has, in a computation of which each does a part: its gradient is the sum of those of all processes.
    /// </summary>
    /// <param name="parameter">Not disposed.</param>
    /// <returns>The values in the current dispose scope.</returns>
    public Tensor EnterParameter(Tensor parameter)
    {
        ArgumentNullException.ThrowIfNull(parameter);
        return IsTracked(parameter) ? EnteredTensor.apply(ranks, parameter) : parameter;
    }

    /// <summary>A parameter that every process has and applies to hidden states, which may have only a part of the sequence.</summary>
    /// <param name="parameter">Not disposed.</param>
    /// <returns>The values in the current dispose scope.</returns>
    public Tensor EnterSequence(Tensor parameter) => _length is null ? parameter : EnterParameter(parameter);

    /// <summary>
    /// Adds up the tensors of all processes. If the processes divide the sequence, each gets the sum at its own positions.
    /// </summary>
    /// <param name="part">
    /// Any shape and floating-point type, the same in all processes, [B, T, E] of a divided sequence; summed in float32. Not disposed.
    /// </param>
    /// <returns>
    /// The sum in the current dispose scope, [B, n, E] of a divided sequence; its gradient is that of each of the tensors.
    /// </returns>
    public Tensor Sum(Tensor part)
    {
        ArgumentNullException.ThrowIfNull(part);
        return (IsTracked(part), _length) switch
        {
            (true, null) => SummedTensor.apply(ranks, part),
            (true, _) => ScatteredTensor.apply(ranks, part),
            (false, null) => RankSum.Of(part, ranks),
            _ => RankSum.OfPositions(part, ranks),
        };
    }

    /// <summary>The positions of this process, of those that all processes have.</summary>
    /// <param name="positions">[T] or [B, T]. Not disposed.</param>
    /// <returns>[n] or [B, n] in the current dispose scope; the same object if the sequence is whole.</returns>
    public Tensor PartOf(Tensor positions)
    {
        ArgumentNullException.ThrowIfNull(positions);
        if (_length is not { } length)
            return positions;
        (long first, long count) = PositionsOf(length);
        return positions.narrow(-1, first, count);
    }

    /// <summary>Collects the hidden states of a divided sequence, which all processes then use alike.</summary>
    /// <param name="hidden">[B, n, E]. Not disposed.</param>
    /// <returns>[B, T, E] in the current dispose scope; the same object if the sequence is whole.</returns>
    public Tensor WholeSequence(Tensor hidden)
    {
        ArgumentNullException.ThrowIfNull(hidden);
        return _length is { } length ? Collect(hidden, dimension: 1, length) : hidden;
    }

    /// <summary>Collects the last dimension, of which each process has a range.</summary>
    /// <param name="part">[..., n]. Not disposed.</param>
    /// <param name="length">Length of the whole dimension.</param>
    /// <returns>[..., length] in the current dispose scope, the same in all processes.</returns>
    public Tensor Collect(Tensor part, long length)
    {
        ArgumentNullException.ThrowIfNull(part);
        return Collect(part, (int)part.ndim - 1, length);
    }

    /// <summary>Combines numbers of all processes in place, without graph.</summary>
    /// <param name="numbers">Contiguous.</param>
    /// <param name="reduction">How to combine.</param>
    internal void Reduce(Tensor numbers, Reduction reduction) => ranks.AllReduce(numbers, reduction);

    private static bool IsTracked(Tensor tensor) => torch.is_grad_enabled() && tensor.requires_grad;

    private Tensor Collect(Tensor part, int dimension, long length) => IsTracked(part)
        ? CollectedTensor.apply(ranks, part, dimension, length) : RankRanges.Collect(ranks, part, dimension, length);

    private sealed class SequenceEnd(LayerRanks ranks, long? outer) : IDisposable
    {
        public void Dispose() => ranks._length = outer;
    }
}
