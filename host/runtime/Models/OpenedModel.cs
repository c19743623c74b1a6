using Tenon.Host.Plugins.Loading;
using TorchSharp;

namespace Tenon.Host.Models;

/// <summary>A model in memory with what belongs to it.</summary>
public sealed class OpenedModel : IOpenedModel
{
    private readonly bool _ownsDevice;

    internal OpenedModel(
        IModel model, IReadOnlyList<IAdapter> adapters, IArchitecture architecture, object options, Autocast autocast, ITokenizer? tokenizer,
        IOpenDevice device, bool ownsDevice) =>
        (Model, Adapters, Architecture, Options, Autocast, Tokenizer, Device, _ownsDevice) =
        (model, adapters, architecture, options, autocast, tokenizer, device, ownsDevice);

    /// <summary>The model, on the device, in eval mode. Disposed with this.</summary>
    public IModel Model { get; }

    /// <summary>What the model computes with besides its own weights, in the order in which it was put on. Disposed with this.</summary>
    public IReadOnlyList<IAdapter> Adapters { get; }

    /// <summary>Sets the precision of its matrix products.</summary>
    public Autocast Autocast { get; }

    /// <summary>Its tokenizer, or null.</summary>
    public ITokenizer? Tokenizer { get; }

    /// <summary>Device of the model. Disposed with this when the model was opened for itself.</summary>
    public IOpenDevice Device { get; }

    internal IArchitecture Architecture { get; }

    internal object Options { get; }

    /// <summary>The model as a capability.</summary>
    /// <typeparam name="TCapability">What is needed of it.</typeparam>
    /// <param name="verb">What it is needed for, as the program's user calls it.</param>
    /// <exception cref="ModelException">The model cannot do it.</exception>
    public TCapability As<TCapability>(string verb) where TCapability : class, IModel
    {
        if (Model is not TCapability able)
            throw new ModelException($"'{verb}' needs a model that is {typeof(TCapability).Name}; this one is: {string.Join(", ", Capabilities())}.");
        return Model.UnsupportedReason(typeof(TCapability)) is { } error ? throw new ModelException(error) : able;
    }

    /// <summary>A tokenizer's file that the folder has and no plugin in use opens; null when there is none.</summary>
    internal string? UnopenedTokenizer { private get; init; }

    /// <summary>The model's tokenizer.</summary>
    /// <exception cref="ModelException">It has none.</exception>
    /// <exception cref="NotOfferedException">No plugin opens it.</exception>
    internal ITokenizer NeededTokenizer => Tokenizer ?? throw (UnopenedTokenizer is { } file
        ? new NotOfferedException($"The folder's tokenizer stands in {file}, which no plugin in use opens. Add one that does to plugins.json; 'tenon plugins' says where each stands.")
        : new ModelException($"The folder has no tokenizer: none of {string.Join(", ", ModelFolderOpener.TokenizerFiles)} is there."));

    /// <summary>Puts a user's inputs through the model, without gradients: a row of numbers for each.</summary>
    /// <param name="inputs">Texts or image files, whichever the model takes.</param>
    /// <param name="forward">From a batch to [B, <paramref name="size"/>].</param>
    /// <param name="size">Numbers in a row.</param>
    /// <param name="stop">Cancels the work.</param>
    internal IEnumerable<float[]> Rows(string[] inputs, Func<Batch, torch.Tensor> forward, int size, CancellationToken stop)
    {
        foreach (Batch made in ModelInputs.Batches(Model, Tokenizer, inputs))
        {
            stop.ThrowIfCancellationRequested();
            using DisposeScope scope = torch.NewDisposeScope();
            using IDisposable untracked = torch.no_grad();
            using Batch batch = made.To(Device.Torch);
            foreach (float[] row in forward(batch).cpu().data<float>().ToArray().Chunk(size))
                yield return row;
        }
    }

    /// <summary>Frees adapter, model and device.</summary>
    public void Dispose()
    {
        foreach (IAdapter adapter in Adapters.Reverse())
            adapter.Dispose();
        Model.Dispose();
        if (_ownsDevice)
            Device.Dispose();
    }

    private IEnumerable<string> Capabilities() => Model.GetType().GetInterfaces()
        .Where(i => i.Assembly == typeof(IModel).Assembly && !i.IsGenericType && i != typeof(IModel))
        .Select(i => i.Name).Order(StringComparer.Ordinal);
}
