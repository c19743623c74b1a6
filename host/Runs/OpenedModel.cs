using Tenon.Host.Components;

namespace Tenon.Host.Runs;

/// <summary>A model in memory with what belongs to it.</summary>
public sealed class OpenedModel : IDisposable
{
    internal OpenedModel(
        IModel model, IAdapter? adapter, ArchitectureHandle architecture, object options, Autocast autocast, ITokenizer? tokenizer, IOpenDevice device) =>
        (Model, Adapter, Architecture, Options, Autocast, Tokenizer, Device) = (model, adapter, architecture, options, autocast, tokenizer, device);

    /// <summary>The model, on the device, in eval mode. Disposed with this.</summary>
    public IModel Model { get; }

    /// <summary>What the model computes with besides its own weights, or null. Disposed with this.</summary>
    public IAdapter? Adapter { get; }

    /// <summary>Sets the precision of its matrix products.</summary>
    public Autocast Autocast { get; }

    /// <summary>Its tokenizer, or null.</summary>
    public ITokenizer? Tokenizer { get; }

    /// <summary>Where it is. Disposed with this.</summary>
    public IOpenDevice Device { get; }

    internal ArchitectureHandle Architecture { get; }

    internal object Options { get; }

    /// <summary>The model as a capability.</summary>
    /// <typeparam name="TCapability">What is needed of it.</typeparam>
    /// <param name="verb">What it is needed for, as the program's user calls it.</param>
    /// <exception cref="ModelException">The model cannot do it.</exception>
    public TCapability As<TCapability>(string verb) where TCapability : class, IModel =>
        Model as TCapability ?? throw new ModelException(
            $"'{verb}' needs a model that is {typeof(TCapability).Name}; this one is: {string.Join(", ", Capabilities())}.");

    /// <summary>The model's tokenizer.</summary>
    /// <exception cref="ModelException">It has none.</exception>
    internal ITokenizer NeededTokenizer => Tokenizer ?? throw new ModelException(
        "The folder has no tokenizer: none of tokenizer.json, vocab.json or vocab.txt that a plugin opens is there.");

    /// <summary>Frees adapter, model and device.</summary>
    public void Dispose()
    {
        Adapter?.Dispose();
        Model.Dispose();
        Device.Dispose();
    }

    private IEnumerable<string> Capabilities() => Model.GetType().GetInterfaces()
        .Where(i => i.Assembly == typeof(IModel).Assembly && !i.IsGenericType && i != typeof(IModel))
        .Select(i => i.Name).Order(StringComparer.Ordinal);
}
