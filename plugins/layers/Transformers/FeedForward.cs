namespace Tenon.Layers;

/// <summary>
/// The position-wise feed-forward network (Vaswani et al. 2017, section 3.3): an up projection, an activation, a down projection,
/// and dropout. The architecture chooses the state names of the two projections.
/// </summary>
public sealed class FeedForward : NamedModule<Tensor, Tensor>
{
    private readonly double _dropout;

    /// <summary>Takes ownership of the projections.</summary>
    /// <param name="upName">State name of the up projection: <c>c_fc</c>, <c>fc1</c>, ….</param>
    /// <param name="up">[E] -> [F].</param>
    /// <param name="activation">From <see cref="Activations.Find"/>.</param>
    /// <param name="downName">State name of the down projection: <c>c_proj</c>, <c>fc2</c>, ….</param>
    /// <param name="down">[F] -> [E].</param>
    /// <param name="dropout">Probability of dropping an output, in [0, 1).</param>
    public FeedForward(string upName, Linear up, Func<Tensor, Tensor> activation, string downName, Linear down, double dropout = 0)
        : base(nameof(FeedForward))
    {
        ArgumentNullException.ThrowIfNull(up);
        ArgumentNullException.ThrowIfNull(down);
        (up.Division, down.Division) = (LayerDivision.Outputs, LayerDivision.Inputs);
        register_module(upName, Up = up);
        register_module(downName, Down = down);
        Activation = activation;
        _dropout = dropout;
    }

    /// <summary>[E] -> [F].</summary>
    internal Linear Up { get; }

    /// <summary>[F] -> [E].</summary>
    internal Linear Down { get; }

    /// <summary>The activation between the two projections.</summary>
    internal Func<Tensor, Tensor> Activation { get; }

    /// <summary>Applies the network.</summary>
    /// <param name="input">[..., E]. Not disposed.</param>
    /// <returns>[..., E] in the autocast's type, in the current dispose scope.</returns>
    public override Tensor forward(Tensor input)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor wide = Activation(Up.call(input)); // [..., E] -> [..., F]
        return Dropout.Apply(Down.call(wide), _dropout, training, Down.SequencePart).MoveToOuterDisposeScope();
    }
}
