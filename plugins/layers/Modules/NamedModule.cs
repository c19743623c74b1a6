namespace Tenon.Layers;

/// <summary>
/// A module whose parts are exactly those that its constructor registers, under the names in checkpoints. Torch's own base class
/// would also register every field under the field's name.
/// </summary>
/// <param name="name">Name of the class.</param>
public abstract class NamedModule(string name) : torch.nn.Module(name)
{
    /// <summary>Does nothing, because everything is registered by name.</summary>
    protected sealed override void RegisterComponents() { }
}

/// <summary>A <see cref="NamedModule"/> with one input and one output.</summary>
/// <typeparam name="T">The input.</typeparam>
/// <typeparam name="TResult">The output.</typeparam>
/// <param name="name">Name of the class.</param>
public abstract class NamedModule<T, TResult>(string name) : torch.nn.Module<T, TResult>(name)
{
    /// <inheritdoc cref="NamedModule.RegisterComponents"/>
    protected sealed override void RegisterComponents() { }

    /// <summary>Replaces a parameter by the part that this process keeps of it.</summary>
    /// <param name="parameter">Its name.</param>
    /// <param name="division">How the processes divide it.</param>
    /// <param name="ranks">The processes.</param>
    private protected void KeepPart(string parameter, TensorDivision division, LayerRanks ranks)
    {
        using IDisposable untracked = torch.no_grad();
        using Parameter whole = get_parameter(parameter)!;
        var own = new Parameter(division.Take(whole, ranks.Rank, ranks.Size), whole.requires_grad);
        own.DetachFromDisposeScope();
        ConditionallyRegisterParameter(parameter, own);
    }
}
