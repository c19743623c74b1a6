using Tenon.Host.Components;

namespace Tenon.Host.Runs;

/// <summary>A model in memory with what belongs to it.</summary>
/// <param name="Model">On the device. Disposed with this.</param>
/// <param name="Architecture">Its architecture.</param>
/// <param name="Options">Its resolved options.</param>
/// <param name="Autocast">Sets the precision of its matrix products.</param>
/// <param name="Tokenizer">Its tokenizer, or null.</param>
/// <param name="Device">Where it is. Disposed with this.</param>
internal sealed record OpenedModel(
    IModel Model, ArchitectureHandle Architecture, object Options, Autocast Autocast, ITokenizer? Tokenizer, IOpenDevice Device) : IDisposable
{
    /// <summary>The model as a capability.</summary>
    /// <typeparam name="TCapability">What is needed of it.</typeparam>
    /// <param name="verb">What it is needed for, as the program's user calls it.</param>
    /// <exception cref="ModelException">The model cannot do it.</exception>
    public TCapability As<TCapability>(string verb) where TCapability : class, IModel =>
        Model as TCapability ?? throw new ModelException(
            $"'{verb}' needs a model that is a {typeof(TCapability).Name}; this one is: {string.Join(", ", Capabilities())}.");

    /// <summary>Frees model and device.</summary>
    public void Dispose()
    {
        Model.Dispose();
        Device.Dispose();
    }

    private IEnumerable<string> Capabilities() => Model.GetType().GetInterfaces()
        .Where(i => i.Assembly == typeof(IModel).Assembly && !i.IsGenericType && i != typeof(IModel))
        .Select(i => i.Name).Order(StringComparer.Ordinal);
}
