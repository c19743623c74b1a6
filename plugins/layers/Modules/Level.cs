namespace Tenon.Layers;

/// <summary>
/// A level in the names of a state dictionary: holds modules under names and computes nothing. Reference
/// implementations have more levels than the data flow has stops.
/// </summary>
public sealed class Level : NamedModule
{
    /// <summary>Takes over the modules.</summary>
    /// <param name="children">Modules with their state names.</param>
    public Level(params ReadOnlySpan<(string Name, torch.nn.Module Module)> children) : base(nameof(Level))
    {
        foreach ((string name, torch.nn.Module module) in children)
            register_module(name, module);
    }
}
