using System.Text.Json.Nodes;
using Tenon.Host.Artifacts;
using Tenon.Host.Data;
using Tenon.Host.Native;
using Tenon.Host.Plugins.Catalogue;
using Tenon.Host.Plugins.Components;
using Tenon.Host.Plugins.Loading;
using Tenon.Host.Processes;
using Tenon.Host.Recipes;
using TorchSharp;

namespace Tenon.Host.Models;

/// <summary>Opens model folders: results of runs, and checkpoints in Hugging Face's layout.</summary>
/// <param name="components">Finds the architecture that a folder's <c>model_type</c> names.</param>
/// <param name="remark">Receives remarks on an opened folder; null if the caller reports them.</param>
internal sealed class ModelFolderOpener(ComponentFactory components, Action<string>? remark = null)
{
    /// <summary>The keys that contain a model's type, and their files.</summary>
    internal static readonly (string File, string Key)[] KindKeys =
        [("config.json", "model_type"), ("config.json", "_class_name"), ("unet/config.json", "_class_name"),
            ("model_index.json", "_class_name")];

    /// <summary>The files that identify tokenizers.</summary>
    internal static readonly string[] TokenizerFiles = ["tokenizer.json", "vocab.json", "vocab.txt", "tokenizer.model", "spiece.model"];

    /// <summary>
    /// Opens a folder: configuration, weights and optional tokenizer, or an adapter with its base model. The caller disposes the
    /// result.
    /// </summary>
    /// <param name="folder">A folder with at least a configuration and weights, or an adapter.</param>
    /// <param name="device">The open device.</param>
    /// <param name="ownsDevice">Whether the result takes ownership of the device.</param>
    /// <param name="adapters">Adapters to apply in addition to the folder's own; null for none.</param>
    /// <param name="baseModel">Folder of the base model of the folder's adapter; null for the one that the adapter names.</param>
    /// <param name="packed">
    /// The only format of the weights that the model packs (<see cref="BuildContext.PackedOnly"/>), if it packs weights, is on a CPU
    /// has no adapter and is not divided; null for all parameters.
    /// </param>
    /// <param name="world">The processes, which may divide the layers; null for this process alone.</param>
    /// <exception cref="ModelException">
    /// The folder is not a model folder, its weights do not match its configuration, or an adapter does not match or cannot be divided.
    /// </exception>
    /// <exception cref="RecipeException">The processes cannot divide the layers.</exception>
    /// <exception cref="NotOfferedException">No plugin opens this type of model or adapter.</exception>
    public OpenedModel Open(
        string folder, IOpenDevice device, bool ownsDevice = true, IReadOnlyList<AdapterChoice>? adapters = null, string? baseModel = null,
        WeightFormat? packed = null, World? world = null)
    {
        (IArchitecture architecture, ModelConfiguration configuration) = Describe(folder, baseModel);
        object options = OfConfiguration(folder, () => architecture.Read(configuration));
        UnfinishedRun? unfinished = UnfinishedRun.Find(folder);
        AdapterFolder? adapter =
            (unfinished is null ? null : AdapterFolder.Find(unfinished.Checkpoint, baseModel)) ?? AdapterFolder.Find(folder, baseModel);
        ITokenizer? tokenizer = FindTokenizer(folder) ?? (adapter is null ? null : FindTokenizer(adapter.BaseModel));
        int ranks = world?.Tensor.Size ?? 1;
        if (ranks > 1 && (adapter is not null || adapters is { Count: > 0 }))
            throw new ModelException($"'{adapter?.Folder ?? adapters![0].Folder}' is an adapter, which {ranks} processes cannot divide. " +
                "Merge it into its base model with 'tenon merge', or start one process.");
        TorchRuntime.Prepare();
        var autocast = new Autocast { Type = ScalarTypes.Of(device.Precision) };
        using AdapterStack stack = AdapterStack.Read(adapter, adapters ?? []);
        IModel? model = null;
        try
        {
            ModelConfiguration described = EndOfTextIds.Keep(
                OfConfiguration(folder, () => architecture.Describe(options)), configuration);
            // An adapter may change weights, other devices convert them there, and an unfinished run replaces them by their averages.
            bool isPlain = unfinished is null && adapter is null && adapters is null or [] && device.Torch.type == DeviceType.CPU;
            // Folders may contain additional heads, or none; an adapter may provide the head, or replace the head of another task.
            var fit = new WeightsFit(architecture.WeightName)
            {
                MayBeExtra = architecture.IsHead,
                MayBeMissing = name => architecture.IsHead(name) || stack.Replaces(name),
                MayDiffer = stack.Replaces,
            };
            string weights = adapter?.BaseModel ?? folder;
            bool packs = CheckWeights(weights, architecture, options, fit, ranks);
            WeightFormat? only = isPlain && packs && ranks == 1 ? packed : null;
            model = architecture.Build(options, new BuildContext(torch.CPU, autocast)
            {
                EndOfText = EndOfTextIds.Of(described, tokenizer),
                PackedOnly = only,
            });
            WeightsReading read = LoadWeights(weights, architecture, model, fit with
            {
                Take = (name, rows) => only is not null && ((IPacksWeights)model).LoadPacked(name, rows),
            });
            if (ranks > 1)
                DividedModel.Divide(model, world!);
            model.Module.to(device.Torch);
            model.Module.eval();
            FreedHeap.Return();
            var opened = new OpenedModel(model, stack.Open(model, Format), architecture, options, autocast, tokenizer, device, ownsDevice)
            {
                PackedOnly = only,
                MissingWeights = [.. read.Missing.Where(name => !stack.Replaces(name))],
                FolderConfiguration = configuration,
                StoredTypes = read.Types,
                Folders = adapter is null ? [folder] : [folder, adapter.BaseModel],
                Remarks = [.. unfinished is null ? (string[])[] : [unfinished.Notice],
                    .. Remarks(read, tokenizer, Rows(model, configuration))],
                UnopenedTokenizer = tokenizer is not null ? null : TokenizerFiles.FirstOrDefault(name =>
                    File.Exists(Path.Combine(folder, name)) || File.Exists(Path.Combine(adapter?.BaseModel ?? folder, name))),
            };
            foreach (string sentence in opened.Remarks)
                remark?.Invoke(sentence);
            return opened;
        }
        catch
        {
            model?.Dispose();
            throw;
        }
    }

    /// <summary>Opens an adapter for a model in memory, which others use as well.</summary>
    /// <param name="model">The base model with all its parameters.</param>
    /// <param name="choice">The adapter.</param>
    /// <returns>
    /// The model with the adapter's tokenizer and files, which does not own the base model, and the adapter, which <see cref="Apply"/>
    /// applies and the caller disposes.
    /// </returns>
    /// <exception cref="ModelException">The folder is not an adapter, or the adapter replaces parameters.</exception>
    public (OpenedModel Model, AdapterStack Adapter) OpenAdapter(OpenedModel model, AdapterChoice choice)
    {
        AdapterStack stack = AdapterStack.Read(null, [choice]);
        try
        {
            string? replaced = model.Model.Module.named_parameters().Select(parameter => parameter.name).FirstOrDefault(stack.Replaces);
            if (replaced is not null)
            {
                throw new ModelException($"The adapter in '{choice.Folder}' replaces '{replaced}' of its base model, so it cannot share " +
                    "the model with others. Open its folder by itself.");
            }

            bool isDescribed = KindKeys.Any(key => File.Exists(Path.Combine(choice.Folder, key.File)));
            ITokenizer? tokenizer = FindTokenizer(choice.Folder) ?? model.Tokenizer;
            return (model.WithAdapter(choice.Folder, tokenizer, isDescribed ? ReadConfiguration(choice.Folder) : null), stack);
        }
        catch
        {
            stack.Dispose();
            throw;
        }
    }

    /// <summary>Applies an adapter to a model until it is disposed.</summary>
    /// <param name="adapter">From <see cref="OpenAdapter"/>.</param>
    /// <param name="model">The base model.</param>
    /// <exception cref="ModelException">The adapter does not match the model, or does not only add to its weights.</exception>
    public IAdapter Apply(AdapterStack adapter, OpenedModel model)
    {
        IAdapter applied = adapter.Open(model.Model, Format)[0];
        if (applied is IWeightAdapter)
            return applied;
        string type = $"{applied.Configuration["peft_type"]}";
        applied.Dispose();
        throw new ModelException($"An adapter of type {type} does not only add to weights, so it cannot share its base model with " +
            "others. Open its folder by itself.");
    }

    private static IEnumerable<string> Remarks(WeightsReading read, ITokenizer? tokenizer, int? rows)
    {
        if (read.Extra.Count > 0)
            yield return $"The folder contains weights of other heads, which are ignored: {TensorMismatches.Some(read.Extra)}.";
        if (tokenizer is not null && rows is { } embedded && KnownTokens.Missing(tokenizer, embedded) is { } missing)
            yield return missing;
    }

    // Number of rows of the token embedding; null if the model does not read tokens.
    private static int? Rows(IModel model, ModelConfiguration configuration) => Capability.TokensOf(model)?.VocabularySize
        ?? (configuration.Files.GetValueOrDefault("config.json")?["vocab_size"] is JsonValue value && value.TryGetValue(out int size)
            ? size : null);

    /// <summary>Reads the architecture and configuration of a folder without building anything.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="baseModel">Folder of the base model of the folder's adapter; null for the one that the adapter names.</param>
    /// <exception cref="ModelException">The folder is not a model folder.</exception>
    /// <exception cref="NotOfferedException">No plugin opens this type of model.</exception>
    public (IArchitecture Architecture, ModelConfiguration Configuration) Describe(string folder, string? baseModel = null)
    {
        // PEFT's folders contain only the adapter; folders of runs also contain the model's configuration.
        if (AdapterFolder.Find(folder, baseModel) is { } adapter
            && (adapter.IsEncoder || !KindKeys.Any(key => File.Exists(Path.Combine(folder, key.File)))))
            folder = adapter.BaseModel;
        ModelConfiguration configuration = ReadConfiguration(folder);
        return (components.Create<IArchitecture>(Find(folder, configuration)), configuration);
    }

    /// <summary>Finds the component that opens a folder's model without loading anything.</summary>
    /// <param name="folder">A model folder.</param>
    /// <exception cref="ModelException">The folder is not a model folder.</exception>
    /// <exception cref="NotOfferedException">No plugin opens this type of model.</exception>
    public ComponentInfo Find(string folder)
    {
        if (AdapterFolder.Find(folder, null) is { } adapter && !KindKeys.Any(key => File.Exists(Path.Combine(folder, key.File))))
            folder = adapter.BaseModel;
        return Find(folder, ReadConfiguration(folder));
    }

    private ComponentInfo Find(string folder, ModelConfiguration configuration)
    {
        string kind = Kind(folder, configuration);
        // In transformers, each head has its own class under the same model_type.
        string?[] kinds =
            [(configuration.Files.GetValueOrDefault("config.json")?["architectures"] as JsonArray)?.FirstOrDefault()?.ToString(), kind];
        return kinds.OfType<string>().Select(name => components.Catalogue.OfKind(ComponentKind.Architecture)
            .FirstOrDefault(c => c.ModelTypes.Contains(name, StringComparer.Ordinal))).FirstOrDefault(c => c is not null)
            ?? throw new NotOfferedException($"'{folder}' contains a model of type '{kind}', " +
                $"{Opened(ComponentKind.Architecture, c => c.ModelTypes)}");
    }

    /// <summary>Loads a folder's weights into a model that is already built.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="architecture">Its architecture.</param>
    /// <param name="model">The model, on the CPU.</param>
    /// <param name="otherTask">Whether heads may differ and shapes may be converted, because the model will be trained further.</param>
    /// <param name="packed">Whether the model keeps weights only in a packed format (<see cref="BuildContext.PackedOnly"/>).</param>
    /// <returns>
    /// The allowed differences, and a note if the folder's run is unfinished; empty if there is nothing to report.
    /// </returns>
    /// <exception cref="ModelException">There are no weights, or they do not match; the message lists all differences.</exception>
    public static string LoadWeights(
        string folder, IArchitecture architecture, IModel model, bool otherTask = false, bool packed = false) =>
        string.Join(' ', new[]
        {
            LoadWeights(folder, architecture, model, otherTask
                ? OtherTask(architecture, packed) with { Take = (name, rows) => packed && ((IPacksWeights)model).LoadPacked(name, rows) }
                : new WeightsFit(architecture.WeightName)).Report,
            UnfinishedRun.Find(folder)?.Notice,
        }.Where(text => !string.IsNullOrEmpty(text)));

    /// <summary>Compares a folder's weights with the sizes of a model that will be trained further, before it is built.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="architecture">Its architecture.</param>
    /// <param name="options">The resolved options of the model.</param>
    /// <exception cref="ModelException">There are no weights, or they do not match; the message lists all differences.</exception>
    public static void CheckWeights(string folder, IArchitecture architecture, object options) =>
        CheckWeights(folder, architecture, options, OtherTask(architecture, packed: false));

    // Heads may differ, unless they are frozen: then they cannot be initialized.
    private static WeightsFit OtherTask(IArchitecture architecture, bool packed) => new(architecture.WeightName)
    {
        MayBeExtra = architecture.IsHead,
        MayBeMissing = name => architecture.IsHead(name) && !packed,
        MayDiffer = name => architecture.IsHead(name) && !packed,
        Adapt = architecture.Adapt,
    };

    // Returns whether the model packs weights. On the meta device, sizes need no memory.
    private static bool CheckWeights(string folder, IArchitecture architecture, object options, WeightsFit fit, int ranks = 1)
    {
        string file = UnfinishedRun.Find(folder)?.WeightsFile ?? WeightsFile(folder, architecture);
        using IModel sizes = OfConfiguration(folder, () => architecture.Build(options, new BuildContext(torch.META, new Autocast())));
        WeightsReader.Check(file, sizes.Module, fit);
        DividedModel.Check(sizes, ranks, folder);
        return sizes is IPacksWeights;
    }

    private static T OfConfiguration<T>(string folder, Func<T> act) =>
        ForeignValues.Guard($"The configuration of '{folder}' does not describe a model that can be built", act);

    private static WeightsReading LoadWeights(string folder, IArchitecture architecture, IModel model, WeightsFit fit)
    {
        if (UnfinishedRun.Find(folder) is not { } unfinished)
            return WeightsReader.Load(WeightsFile(folder, architecture), model.Module, fit);
        WeightsReading read = WeightsReader.Load(unfinished.WeightsFile, model.Module, fit);
        unfinished.LoadAverages(model.Module, fit.Take);
        return read;
    }

    // When a part of a diffusers model is saved alone, the weights that are usually in unet/ are in the folder itself.
    private static string WeightsFile(string folder, IArchitecture architecture)
    {
        string[] names = [architecture.WeightsFile, Path.GetFileName(architecture.WeightsFile), "model.safetensors"];
        string[] candidates = [.. names.Distinct().SelectMany(name => new[] { name, name + WeightsIndex.Suffix })];
        return candidates.Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists)
            ?? throw new ModelException($"'{folder}' has no weights: it contains none of {string.Join(", ", candidates)}." +
                $"{ForeignWeights.Advice(folder)}");
    }

    private IAdapterFormat Format(string type) => components.AdapterFormat(
        components.Catalogue.OfKind(ComponentKind.Strategy).FirstOrDefault(c => c.AdapterTypes.Contains(type, StringComparer.Ordinal))
        ?? throw new NotOfferedException($"The adapter is of type '{type}', {Opened(ComponentKind.Strategy, c => c.AdapterTypes)}"));

    // Completes a sentence about a folder whose plugin is missing.
    private string Opened(ComponentKind kind, Func<ComponentInfo, IEnumerable<string>> types) =>
        "which no plugin opens. Supported types: " +
        $"{string.Join(", ", components.Catalogue.OfKind(kind).SelectMany(types).Order(StringComparer.Ordinal))}. " +
        $"Add a plugin for it to plugins.json.{components.Catalogue.NotReady}";

    /// <summary>Opens the tokenizer of a folder; null if it has none that a plugin opens.</summary>
    /// <param name="folder">The folder.</param>
    public ITokenizer? FindTokenizer(string folder)
    {
        var found = components.Catalogue.OfKind(ComponentKind.Tokenizer)
            .SelectMany(info => info.Opens.Select((file, rank) => (info, file, rank)))
            .Where(c => File.Exists(Path.Combine(folder, c.file)))
            .OrderBy(c => c.rank)
            .Select(c => c.info)
            .FirstOrDefault();
        return found is null ? null : components.Create<ITokenizerFactory>(found).Open(folder);
    }

    private static ModelConfiguration ReadConfiguration(string folder)
    {
        if (!Directory.Exists(folder))
            throw new ModelException(MissingFolder.Message(folder));
        if (PipelineFolder.Error(folder) is { } error)
            throw new ModelException(error);

        // Two levels, because diffusers stores a configuration in the folder of each component.
        var files = Directory.EnumerateFiles(folder, "*.json")
            .Concat(Directory.EnumerateDirectories(folder)
                .Where(part => Path.GetFileName(part) != "checkpoints")
                .SelectMany(part => Directory.EnumerateFiles(part, "*.json")))
            .Select(path => (Path: path, Name: Path.GetRelativePath(folder, path).Replace('\\', '/')))
            .Where(file => file.Name.EndsWith("config.json", StringComparison.Ordinal) || file.Name == "model_index.json")
            .ToDictionary(file => file.Name, file => JsonFile.ReadObject(file.Path));
        return KindKeys.Any(key => files.ContainsKey(key.File))
            ? new ModelConfiguration(files)
            : throw new ModelException($"'{folder}' is not a model folder: it has no config.json.");
    }

    private static string Kind(string folder, ModelConfiguration configuration)
    {
        foreach ((string file, string key) in KindKeys)
        {
            if (configuration.Files.TryGetValue(file, out JsonObject? content) && content[key] is JsonValue value
                && value.TryGetValue(out string? kind))
                return kind;
        }

        throw new ModelException($"The config.json of '{folder}' has no 'model_type', so the type of the model is unknown. " +
            "Add \"model_type\", for example \"gpt2\".");
    }
}
