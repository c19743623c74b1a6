namespace Tenon.Layers;

/// <summary>
/// A name in a state dictionary: holds modules and computes nothing. Reference implementations nest their modules deeper than
/// their data flow.
/// </summary>
public sealed class NameScope : NamedModule
{
    /// <summary>Takes ownership of the modules.</summary>
    /// <param name="children">Modules with their state names.</param>
    public NameScope(params ReadOnlySpan<(string Name, torch.nn.Module Module)> children) : base(nameof(NameScope))
    {
        foreach ((string name, torch.nn.Module module) in children)
            register_module(name, module);
    }
}
