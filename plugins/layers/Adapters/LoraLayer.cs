namespace Tenon.Layers;

/// <summary>
/// The update of one linear map: Δh = s·B·A·x with A [r, in] and B [out, r] (Hu et al. 2021, equation 3).
/// State names: <c>lora_A.weight</c>, <c>lora_B.weight</c>.
/// </summary>
public class LoraLayer : NamedModule<Tensor, Tensor>
{
    private readonly ILinearMap _map;
    private readonly Linear _a;
    private readonly Linear _b;
    private readonly double _dropout;
    private readonly Autocast _autocast;

    /// <summary>Creates an update that changes nothing yet: A is initialized like any linear map, B is 0.</summary>
    /// <param name="map">The map to update, owned by the model; <see cref="Attach"/> extends its <see cref="ILinearMap.Delta"/>.</param>
    /// <param name="rank">r.</param>
    /// <param name="scaling">s.</param>
    /// <param name="dropout">Probability of dropping an input in training.</param>
    /// <param name="context">Device, and data type of matrix products.</param>
    public LoraLayer(ILinearMap map, int rank, double scaling, double dropout, BuildContext context) : base(nameof(LoraLayer))
    {
        ArgumentNullException.ThrowIfNull(map);
        ArgumentNullException.ThrowIfNull(context);
        (_map, Scaling, _dropout, _autocast) = (map, scaling, dropout, context.Autocast);
        register_module("lora_A", _a = new Linear(map.InFeatures, rank, context, bias: false));
        register_module("lora_B", _b = new Linear(rank, map.OutFeatures, context, bias: false));
        using var untracked = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        // Uniform in ±1/√in, as in PEFT; the paper does not state the width of its normal distribution.
        torch.nn.init.kaiming_uniform_(_a.Weight, a: Math.Sqrt(5));
        _b.Weight.zero_();
    }

    /// <summary>Scale of the update as trained, s.</summary>
    public double Scaling { get; }

    /// <summary>An additional factor, for combining several updates of one map; 1 applies the update as trained.</summary>
    public double Factor { get; set; } = 1;

    /// <summary>The map that is updated.</summary>
    public ILinearMap Map => _map;

    /// <summary>[r, in]. Owned by the layer.</summary>
    public Parameter A => _a.Weight;

    /// <summary>[out, r]. Owned by the layer.</summary>
    public Parameter B => _b.Weight;

    /// <summary>The trained parameters by their names in PEFT's files. Owned by the layer.</summary>
    public virtual IEnumerable<(string Name, Parameter Value)> Parts => [("lora_A.weight", A), ("lora_B.weight", B)];

    /// <summary>The update for an input.</summary>
    /// <param name="input">[..., in]. Not disposed.</param>
    /// <returns>[..., out] in the current dispose scope.</returns>
    public override Tensor forward(Tensor input)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        double scale = Scaling * Factor;
        Tensor update = _map.DividedUpdate(input, A, B, training ? _dropout : 0, _autocast) is { } divided
            ? divided * scale
            : _b.call(_a.call(Dropout.Apply(input, _dropout, training)) * scale); // [..., in] -> [..., r] -> [..., out]
        return update.MoveToOuterDisposeScope();
    }

    /// <summary>Adds the update to the map's output.</summary>
    public void Attach() => _map.Delta += call;

    /// <summary>Removes the update from the map's output.</summary>
    public void Detach() => _map.Delta -= call;

    /// <summary>Adds the update to a weight in place: W + s·B·A.</summary>
    /// <param name="weight">In the layout of the map's own weight. Changed in place.</param>
    /// <param name="original">
    /// The map's weight without any merged update, if <paramref name="weight"/> contains any, or null to use
    /// <paramref name="weight"/> itself.
    /// </param>
    public void AddTo(Tensor weight, Tensor? original = null)
    {
        ArgumentNullException.ThrowIfNull(weight);
        using var untracked = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor difference = Difference(original ?? weight);
        weight.add_(_map.Transposed ? difference.t() : difference, Factor);
    }

    /// <summary>What the update as trained adds to a weight.</summary>
    /// <param name="original">The map's weight, in its own layout and without any merged update. Not disposed.</param>
    /// <returns>[out, in] in the current dispose scope.</returns>
    protected virtual Tensor Difference(Tensor original) => Scaling * torch.mm(B, A); // [out, r] x [r, in] -> [out, in]

    /// <summary>A weight of the map as [out, in].</summary>
    /// <param name="weight">In the layout of the map's own weight. Not disposed.</param>
    /// <returns>A view in the current dispose scope, or the same object.</returns>
    protected Tensor Oriented(Tensor weight) => _map.Transposed ? weight.t() : weight;
}
