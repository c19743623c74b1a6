using Tenon.Layers;

namespace Tenon.Rlhf;

/// <summary>Estimates the return from a policy's features: a linear layer initialized to 0.</summary>
internal sealed class ValueHead : NamedModule
{
    private readonly Linear _value;

    /// <summary>Creates the head.</summary>
    /// <param name="features">Size of the features.</param>
    /// <param name="device">Its device.</param>
    public ValueHead(int features, torch.Device device) : base(nameof(ValueHead))
    {
        register_module("value", _value = new Linear(features, 1, new BuildContext(torch.CPU, new Autocast())));
        torch.nn.init.zeros_(_value.Weight);
        torch.nn.init.zeros_(_value.Bias!);
        this.to(device);
    }

    /// <summary>The value of each state.</summary>
    /// <param name="features">float32 [B, T, E].</param>
    /// <returns>float32 [B, T] in the current dispose scope.</returns>
    public Tensor Values(Tensor features)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return _value.call(features).squeeze(2).MoveToOuterDisposeScope();
    }
}
