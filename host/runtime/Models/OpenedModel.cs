using System.Text.Json.Nodes;
using Tenon.Host.Artifacts;
using Tenon.Host.Plugins.Catalogue;
using Tenon.Host.Plugins.Loading;
using TorchSharp;

namespace Tenon.Host.Models;

/// <summary>A loaded model with its adapters, tokenizer and device.</summary>
public sealed class OpenedModel : IOpenedModel
{
    private const string TiedKey = "tie_word_embeddings";
    private const string TypeKey = "torch_dtype";

    private readonly bool _ownsDevice;
    private readonly bool _ownsModel = true;

    internal OpenedModel(
        IModel model, IReadOnlyList<IAdapter> adapters, IArchitecture architecture, object options, Autocast autocast,
        ITokenizer? tokenizer, IOpenDevice device, bool ownsDevice) =>
        (Model, Adapters, Architecture, Options, Autocast, Tokenizer, Device, _ownsDevice) =
        (model, adapters, architecture, options, autocast, tokenizer, device, ownsDevice);

    // Another view of a model, which owns nothing.
    private OpenedModel(OpenedModel model, ITokenizer? tokenizer)
        : this(model.Model, [], model.Architecture, model.Options, model.Autocast, tokenizer, model.Device, ownsDevice: false) =>
        _ownsModel = false;

    /// <summary>The model, on the device, in eval mode. Disposed with this object.</summary>
    public IModel Model { get; }

    /// <summary>The adapters in order of application. Disposed with this object.</summary>
    public IReadOnlyList<IAdapter> Adapters { get; }

    /// <summary>Sets the precision of the model's matrix products.</summary>
    public Autocast Autocast { get; }

    /// <summary>The model's tokenizer, or null.</summary>
    public ITokenizer? Tokenizer { get; }

    /// <summary>The device of the model. Disposed with this object if it owns the device.</summary>
    public IOpenDevice Device { get; }

    /// <summary>Number of inputs so far that were truncated because they are longer than the model's context.</summary>
    public long TruncatedInputs { get; internal set; }

    /// <summary>Maximum number of pixels of an image file; larger ones are refused, because a small file can claim any size.</summary>
    public long MaximumPixels { get; set; } = ImagePixels.MostPixels;

    /// <summary>
    /// Notes on the folder for the user, one sentence each: ignored weights, tokens that cannot be used, an unfinished run.
    /// </summary>
    public IReadOnlyList<string> Remarks { get; internal init; } = [];

    /// <summary>The files of the folder that describe the model.</summary>
    internal ModelConfiguration? FolderConfiguration { get; init; }

    /// <summary>The folder and, for an adapter, that of the base model.</summary>
    internal IReadOnlyList<string> Folders { get; init; } = [];

    /// <summary>
    /// Parameters of a head for which the folder contains no weights, by name. They have their initial values, so the outputs of
    /// the head are meaningless; <see cref="As"/> refuses capabilities that need it.
    /// </summary>
    public IReadOnlyList<string> MissingWeights { get; internal init; } = [];

    /// <summary>The types in which the folder, or that of the base model, stores the weights.</summary>
    internal StoredTypes StoredTypes { get; init; } = new([]);

    /// <summary>The only format of the weights that the model packs; null if the model has all its parameters.</summary>
    internal WeightFormat? PackedOnly { get; init; }

    internal IArchitecture Architecture { get; }

    internal object Options { get; }

    /// <summary>Returns the model as a capability.</summary>
    /// <typeparam name="TCapability">The required capability.</typeparam>
    /// <param name="verb">The user's name for the operation, for messages.</param>
    /// <exception cref="ModelException">The model lacks the capability, or its folder lacks the weights for it.</exception>
    public TCapability As<TCapability>(string verb) where TCapability : class, IModel
    {
        if (Model is not TCapability able)
        {
            throw new ModelException($"'{verb}' needs {ContractWords.Capability(typeof(TCapability).FullName!)}; " +
                $"this folder contains {Capability.Describe(Model)}.");
        }
        if (Model.UnsupportedReason(typeof(TCapability)) is { } error)
            throw new ModelException(error);
        // Only embeddings do not need the head.
        if (typeof(TCapability) != typeof(IEmbedder))
            RequireHead($"'{verb}'");
        return able;
    }

    /// <summary>Refuses a folder without the weights of the model's head.</summary>
    /// <param name="user">What needs the head, for the message.</param>
    /// <exception cref="ModelException">Weights are missing.</exception>
    internal void RequireHead(string user)
    {
        if (MissingWeights.Count > 0)
        {
            throw new ModelException(
                $"{user} needs the head of the model, but the folder has no weights for it: " +
                $"{TensorMismatches.Some(MissingWeights)} are missing. " +
                "Open a model with this head, or train one that starts from this folder ('model:from').");
        }
    }

    /// <summary>A tokenizer file in the folder that no enabled plugin opens; null if there is none.</summary>
    internal string? UnopenedTokenizer { private get; init; }

    /// <summary>The model's tokenizer.</summary>
    /// <exception cref="ModelException">The model has no tokenizer.</exception>
    /// <exception cref="NotOfferedException">No plugin opens the tokenizer.</exception>
    internal ITokenizer NeededTokenizer => Tokenizer ?? throw (UnopenedTokenizer is { } file
        ? new NotOfferedException($"The folder's tokenizer is in {file}, which no plugin opens. Add a plugin for it to plugins.json; " +
            "'tenon plugins' reports the state of each plugin.")
        : new ModelException($"The folder has no tokenizer: it contains none of {string.Join(", ", ModelFolderOpener.TokenizerFiles)}."));

    /// <summary>The same model in memory with the files of an adapter. Disposing it frees nothing.</summary>
    /// <param name="folder">The adapter's folder.</param>
    /// <param name="tokenizer">The tokenizer, or null.</param>
    /// <param name="configuration">The files of the adapter's folder that describe the model; null for those of this model.</param>
    internal OpenedModel WithAdapter(string folder, ITokenizer? tokenizer, ModelConfiguration? configuration) =>
        new(this, tokenizer)
        {
            MissingWeights = MissingWeights,
            FolderConfiguration = configuration ?? FolderConfiguration,
            StoredTypes = StoredTypes,
            Folders = [folder, .. Folders],
        };

    /// <summary>Merges the adapters into the weights.</summary>
    /// <exception cref="ModelException">An adapter does not change weights.</exception>
    internal void MergeAdapters()
    {
        if (Adapters.FirstOrDefault(adapter => adapter is not IWeightAdapter) is { } other)
            throw new ModelException($"An adapter of type {other.Configuration["peft_type"]} does not change weights, " +
                "so it cannot be merged. Only adapters of type LORA can.");
        foreach (IWeightAdapter adapter in Adapters.Cast<IWeightAdapter>())
            adapter.Merge();
    }

    /// <summary>Returns the model's configuration files, with its adapters merged.</summary>
    internal ModelConfiguration Describe()
    {
        ModelConfiguration described = Architecture.Describe(Options);
        // An adapter that trains the token embedding or the output map unties them.
        if (Model is ITiesEmbeddings ties && Model.Module.state_dict().ContainsKey($"{ties.OutputMap}.weight")
            && described.Files.GetValueOrDefault("config.json") is { } config && config.ContainsKey(TiedKey))
            config[TiedKey] = false;
        foreach (JsonObject file in described.Files.Values.Where(file => file.ContainsKey(TypeKey)))
            file[TypeKey] = StoredTypes.Name;
        return EndOfTextIds.Keep(described, FolderConfiguration);
    }

    /// <summary>
    /// Returns the weights that the model's folder contains: without those of a head that it lacks. Owned by the model.
    /// </summary>
    /// <exception cref="ModelException">The model was opened with packed weights only.</exception>
    internal IReadOnlyDictionary<string, torch.Tensor> Weights() => PackedOnly is { } format
        ? throw new ModelException($"The model was opened with {format.ToString().ToLowerInvariant()} weights only, " +
            "which cannot be saved. Open its folder without a weight format.")
        : SharedTensors.Once(Model.Module).Where(entry => !MissingWeights.Contains(entry.Key, StringComparer.Ordinal)).ToDictionary();

    /// <summary>
    /// Runs the model on a user's inputs without gradients and returns a row of numbers per input, in order. Inputs of similar
    /// length share a batch.
    /// </summary>
    /// <param name="inputs">Texts or image files, depending on the model.</param>
    /// <param name="forward">Maps a batch to [B, <paramref name="size"/>].</param>
    /// <param name="size">Numbers per row.</param>
    /// <param name="stop">Cancels the work.</param>
    /// <param name="mostTokens">Limit on the tokens of a text below the model's context length; null for the context length.</param>
    internal IEnumerable<float[]> Rows(
        string[] inputs, Func<Batch, torch.Tensor> forward, int size, CancellationToken stop, int? mostTokens = null)
    {
        return ModelInputs.Map(Model, Tokenizer, inputs, made => Numbers(made).Chunk(size), mostTokens, MaximumPixels);

        float[] Numbers(Batch made)
        {
            stop.ThrowIfCancellationRequested();
            using DisposeScope scope = torch.NewDisposeScope();
            using IDisposable untracked = torch.no_grad();
            using IDisposable inference = InferenceMode.Enter();
            using Batch batch = made.To(Device.Torch);
            TruncatedInputs += batch.Truncated;
            return forward(batch).cpu().data<float>().ToArray();
        }
    }

    /// <summary>Frees adapters, model and device.</summary>
    public void Dispose()
    {
        foreach (IAdapter adapter in Adapters.Reverse())
            adapter.Dispose();
        if (_ownsModel)
            Model.Dispose();
        if (_ownsDevice)
            Device.Dispose();
    }
}
