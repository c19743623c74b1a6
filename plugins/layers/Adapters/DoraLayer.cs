namespace Tenon.Layers;

/// <summary>
/// The update of a weight-decomposed map (DoRA, Liu et al. 2024, equation 5): the updated weight W + s·B·A with each row scaled
/// to a trained length m. State names: the same as for <see cref="LoraLayer"/>, plus <c>lora_magnitude_vector</c>.
/// </summary>
public sealed class DoraLayer : LoraLayer
{
    /// <summary>PEFT's name for the lengths.</summary>
    public const string MagnitudeName = "lora_magnitude_vector";

    /// <summary>Creates an update whose lengths are still zero.</summary>
    /// <inheritdoc cref="LoraLayer(ILinearMap, int, double, double, BuildContext)"/>
    public DoraLayer(ILinearMap map, int rank, double scaling, double dropout, BuildContext context)
        : base(map, rank, scaling, dropout, context)
    {
        ArgumentNullException.ThrowIfNull(map);
        ArgumentNullException.ThrowIfNull(context);
        register_parameter(MagnitudeName, new Parameter(torch.zeros([map.OutFeatures], torch.ScalarType.Float32, context.Device)));
    }

    /// <summary>The lengths of the rows of the updated weight, m: [out]. Owned by the layer.</summary>
    public Parameter Magnitude => get_parameter(MagnitudeName)!;

    /// <inheritdoc/>
    public override IEnumerable<(string Name, Parameter Value)> Parts => [.. base.Parts, (MagnitudeName, Magnitude)];

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor weight = Oriented(Map.Weight); // [out, in]
        Tensor scale = Scale(weight); // [out]
        Tensor own = torch.nn.functional.linear(input.to(weight.dtype), weight); // [..., in] -> [..., out]
        return ((scale - 1) * Factor * own + scale * base.forward(input)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    protected override Tensor Difference(Tensor original)
    {
        Tensor weight = Oriented(original); // [out, in]
        return (weight + (Scaling * torch.mm(B, A))) * Scale(weight).unsqueeze(1) - weight;
    }

    // m / ‖W + s·B·A‖ of each row. Gradients treat the lengths of the rows as constants (section 4.3).
    private Tensor Scale(Tensor weight)
    {
        Tensor length;
        using (torch.no_grad())
            length = (weight + (Scaling * torch.mm(B, A))).norm(1);
        return Magnitude / length;
    }
}
