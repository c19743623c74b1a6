using Tenon.Kernels;

namespace Tenon.Layers;

/// <summary>
/// A gated feed-forward network (Shazeer 2020): Down(activation(Gate(x)) · Up(x)). With SiLU as the activation, it is a SwiGLU. The
/// architecture chooses the state names of the three projections.
/// </summary>
public sealed class GatedFeedForward : NamedModule<Tensor, Tensor>
{
    private readonly Linear _gate;
    private readonly Linear _up;
    private readonly Linear _down;
    private readonly Func<Tensor, Tensor> _activation;

    /// <summary>Takes ownership of the projections.</summary>
    /// <param name="gate">[E] -> [F], with its state name.</param>
    /// <param name="up">[E] -> [F], with its state name.</param>
    /// <param name="down">[F] -> [E], with its state name.</param>
    /// <param name="activation">Activation of the gate, from <see cref="Activations.Find"/>.</param>
    public GatedFeedForward(
        (string Name, Linear Map) gate, (string Name, Linear Map) up, (string Name, Linear Map) down, Func<Tensor, Tensor> activation)
        : base(nameof(GatedFeedForward))
    {
        (gate.Map.Division, up.Map.Division, down.Map.Division) =
            (LayerDivision.Outputs, LayerDivision.Outputs, LayerDivision.Inputs);
        register_module(gate.Name, _gate = gate.Map);
        register_module(up.Name, _up = up.Map);
        register_module(down.Name, _down = down.Map);
        _activation = activation;
    }

    /// <summary>Applies the network.</summary>
    /// <param name="input">[..., E]. Not disposed.</param>
    /// <returns>[..., E] in the autocast's type, in the current dispose scope.</returns>
    public override Tensor forward(Tensor input)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return _down.call(torch.is_grad_enabled() ? Trained(_gate.call(input), _up.call(input)) : Gated(input))
            .MoveToOuterDisposeScope();
    }

    private Tensor Trained(Tensor gate, Tensor up) => IsSwiGlu(gate, up) ? SwiGlu.Of(gate, up) : _activation(gate) * up;

    // The same product without a graph, in the memory of a factor: a long prompt needs half as much.
    private Tensor Gated(Tensor input)
    {
        Tensor gate = _gate.call(input);
        using Tensor up = _up.call(input);
        if (!IsSwiGlu(gate, up))
        {
            using (gate)
                return Activations.InPlace(_activation, gate).mul_(up);
        }

        SwiGluKernel.Apply(gate, up, result: gate);
        return gate;
    }

    private bool IsSwiGlu(Tensor gate, Tensor up) => _activation == Activations.Silu && SwiGluKernel.Supports(gate, up);
}
