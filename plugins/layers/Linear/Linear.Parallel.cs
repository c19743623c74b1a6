namespace Tenon.Layers;

/// <content>A map of which each of several processes computes a part (Shoeybi et al. 2019, section 3).</content>
public partial class Linear : IDividedLayer
{
    private LayerRanks? _ranks;

    /// <summary>How several processes divide the map; null if each computes all of it. <see cref="Weight"/> and <see cref="Bias"/> are
    /// whole until <see cref="Divide"/> is called, the sizes always.</summary>
    public LayerDivision? Division { get; set; }

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

    // [..., in] -> [..., the part of out], or [..., the part of in] -> [..., out]
    private Tensor OfPart(Tensor input, LayerRanks ranks)
    {
        LayerDivision division = Division!;
        Tensor weight = Transposed ? Weight.t() : Weight;
        if (!division.OfInputs)
        {
            Tensor part = Apply(ranks.Enter(input), weight, Bias, _autocast);
            return division.IsCollected ? ranks.Collect(part, OutFeatures) : part;
        }

        Tensor sum = ranks.Sum(Apply(input, weight, bias: null, _autocast));
        return Bias is { } bias ? sum + bias.to(sum.dtype) : sum;
    }
}
