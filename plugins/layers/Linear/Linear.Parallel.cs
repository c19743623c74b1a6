namespace Tenon.Layers;

/// <content>A map of which each of several processes computes a part (Shoeybi et al. 2019, section 3).</content>
public partial class Linear : IDividedLayer
{
    private LayerRanks? _ranks;

    /// <summary>How several processes divide the map; null if each computes all of it. <see cref="Weight"/> and <see cref="Bias"/> are
    /// whole until <see cref="Divide"/> is called, the sizes always.</summary>
    public LayerDivision? Division { get; set; }

    /// <summary>
    /// The positions of the outputs of a map with divided inputs, if processes divide the sequence at present; otherwise null.
    /// </summary>
    public DimensionPart? SequencePart => _ranks?.Sequence;

    /// <inheritdoc/>
    /// <exception cref="ModelException">The weight exists only in a packed format.</exception>
    public IReadOnlyDictionary<string, TensorDivision> Divide(LayerRanks ranks)
    {
        ArgumentNullException.ThrowIfNull(ranks);
        var divisions = new Dictionary<string, TensorDivision>();
        if (Division is not { } division)
            return divisions;
        AbsentWeight.CheckDivision(_packedOnly);
        _ranks = ranks;
        long length = division.OfInputs ? InFeatures : OutFeatures;
        divisions.Add("weight", new TensorDivision(division.OfInputs == Transposed ? 0 : 1, length, division.Parts));
        if (_hasBias && !division.OfInputs)
            divisions.Add("bias", new TensorDivision(0, length, division.Parts));
        foreach ((string name, TensorDivision each) in divisions)
            KeepPart(name, each, ranks);
        return divisions;
    }

    /// <inheritdoc/>
    public Tensor? DividedUpdate(Tensor input, Tensor a, Tensor b, double dropout, Autocast autocast)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        // Collected outputs are whole.
        if (_ranks is not { } ranks || Division is not { IsCollected: false } division)
            return null;
        using DisposeScope scope = torch.NewDisposeScope();
        if (division.OfInputs)
        {
            (long start, long length) = new TensorDivision(1, InFeatures).RangeOf(ranks.Rank, ranks.Size);
            Tensor rows = Dropout.Apply(input.reshape(-1, length), dropout, training: true, new DimensionPart(start, InFeatures));
            Tensor sum = ranks.Sum(
                Apply(rows.view_as(input), ranks.EnterParameter(a).narrow(1, start, length), bias: null, autocast)); // [..., r]
            return Apply(sum, ranks.EnterSequence(b), bias: null, autocast).MoveToOuterDisposeScope();
        }

        Tensor low = ranks.EnterAlone(Apply(
            Dropout.Apply(input, dropout, training: true, ranks.Sequence), ranks.EnterSequence(a), bias: null, autocast)); // [..., r]
        (long first, long count) = new TensorDivision(0, OutFeatures, division.Parts).RangeOf(ranks.Rank, ranks.Size);
        Tensor part = ranks.EnterParameter(b).view(division.Parts, -1, b.size(1)).narrow(1, first, count).reshape(-1, b.size(1));
        return Apply(low, part, bias: null, autocast).MoveToOuterDisposeScope();
    }

    // [..., in] -> [..., the part of out], or [..., the part of in] -> [..., out]
    private Tensor OfPart(Tensor input, LayerRanks ranks)
    {
        LayerDivision division = Division!;
        if (!division.OfInputs)
        {
            Tensor part = Product(ranks.Enter(input));
            return division.IsCollected ? ranks.Collect(part, OutFeatures) : part;
        }

        Tensor sum = ranks.Sum(Product(input));
        return Bias is { } bias ? sum + ranks.EnterSequence(bias).to(sum.dtype) : sum;
    }

    private Tensor Product(Tensor input) => _packed is { } packed && !torch.is_grad_enabled()
        ? packed.Apply(input) : Apply(input, Transposed ? Weight.t() : Weight, BiasOfPart, _autocast);

    // A bias of outputs that several processes add up is added to the sum.
    private Parameter? BiasOfPart => _ranks is not null && Division is { OfInputs: true } ? null : Bias;
}
