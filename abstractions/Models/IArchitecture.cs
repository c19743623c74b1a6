using System.Text.Json.Nodes;
using TorchSharp;

namespace Tenon;

/// <summary>
/// A family of models with any options and model class, as the host calls it. Plugins implement
/// <see cref="IArchitecture{TOptions, TModel}"/>.
/// </summary>
public interface IArchitecture : IComponent
{
    /// <summary>Path of the weights in a model folder.</summary>
    string WeightsFile => "model.safetensors";

    /// <inheritdoc cref="IArchitecture{TOptions, TModel}.Resolve"/>
    object Resolve(object options, ModelFacts facts);

    /// <inheritdoc cref="IArchitecture{TOptions, TModel}.Build"/>
    IModel Build(object options, BuildContext context);

    /// <inheritdoc cref="IArchitecture{TOptions, TModel}.Describe"/>
    ModelConfiguration Describe(object options);

    /// <inheritdoc cref="IArchitecture{TOptions, TModel}.Read"/>
    object Read(ModelConfiguration configuration);

    /// <summary>
    /// Maps the name of a tensor in a weights file to the name in the state dictionary, for files with older names; null for a
    /// tensor that is not a weight and is skipped (a causal mask saved as a buffer).
    /// </summary>
    /// <param name="name">Name in the file.</param>
    string? WeightName(string name) => name;

    /// <summary>
    /// Returns whether a tensor belongs to a head. A run that starts from a model of another task (<c>model:from</c>) initializes
    /// heads that the file lacks or has in a different shape, skips surplus ones, and reports both.
    /// </summary>
    /// <param name="name">Name in the state dictionary.</param>
    bool IsHead(string name) => false;

    /// <summary>
    /// Converts a tensor of a file to the shape that the options require, such as position embeddings interpolated to a different
    /// image size; null if that is impossible.
    /// </summary>
    /// <param name="name">Name in the state dictionary.</param>
    /// <param name="found">Value in the file, float32. Not disposed.</param>
    /// <param name="wanted">The required shape, that of the model.</param>
    /// <returns>A new tensor of the required shape, or null. The caller disposes it.</returns>
    Tensor? Adapt(string name, Tensor found, IReadOnlyList<long> wanted) => null;
}

/// <summary>
/// A family of models. Stateless; the class must have the attribute <see cref="ArchitectureAttribute"/>. The interfaces of
/// <typeparamref name="TModel"/> declare the capabilities of its models, so that they are known without running code.
/// </summary>
/// <typeparam name="TOptions">The options that recipes set: a record with defaults and ranges.</typeparam>
/// <typeparam name="TModel">The class of the models.</typeparam>
public interface IArchitecture<TOptions, out TModel> : IArchitecture
    where TOptions : class, new()
    where TModel : class, IModel
{
    /// <summary>
    /// Fills in what a recipe does not set: the sizes of a preset, the vocabulary of the tokenizer, the labels of the data. Idempotent.
    /// </summary>
    /// <param name="options">The options of the recipe.</param>
    /// <param name="facts">What is known about tokenizer and data.</param>
    /// <exception cref="ModelException">
    /// The options contradict each other or the facts; the message names the key, its value and how to fix it.
    /// </exception>
    TOptions Resolve(TOptions options, ModelFacts facts);

    /// <summary>
    /// Builds the model with newly initialized parameters. The caller seeds torch and disposes the model.
    /// </summary>
    /// <param name="options">Resolved options.</param>
    /// <param name="context">Device, types and precision. On the meta device nothing is allocated.</param>
    TModel Build(TOptions options, BuildContext context);

    /// <summary>Returns the configuration files of resolved options, in the reference implementation's layout.</summary>
    /// <param name="options">Resolved options.</param>
    ModelConfiguration Describe(TOptions options);

    /// <summary>Returns the options that a folder's configuration files describe.</summary>
    /// <param name="configuration">The JSON files of the folder.</param>
    /// <exception cref="ModelException">A key is missing, or its value is unknown or unsupported.</exception>
    new TOptions Read(ModelConfiguration configuration);

    /// <inheritdoc/>
    Type IComponent.OptionsType => typeof(TOptions);

    /// <inheritdoc/>
    object IArchitecture.Resolve(object options, ModelFacts facts) => Resolve((TOptions)options, facts);

    /// <inheritdoc/>
    IModel IArchitecture.Build(object options, BuildContext context) => Build((TOptions)options, context);

    /// <inheritdoc/>
    ModelConfiguration IArchitecture.Describe(object options) => Describe((TOptions)options);

    /// <inheritdoc/>
    object IArchitecture.Read(ModelConfiguration configuration) => Read(configuration);
}

/// <summary>Facts that are known before a model is built.</summary>
/// <param name="VocabularySize">Vocabulary size of the run's tokenizer; null when the run has none.</param>
/// <param name="SpecialTokens">Special tokens of the tokenizer; all null without a tokenizer.</param>
/// <param name="Data">Facts about the data; empty without data.</param>
public sealed record ModelFacts(int? VocabularySize, SpecialTokens SpecialTokens, DataFacts Data)
{
    /// <summary>
    /// Names of the options that the recipe itself sets, compared without case, if the model starts from a folder
    /// (<c>model:from</c>), which provides the others. Null if the model does not start from a folder.
    /// </summary>
    public IReadOnlySet<string>? SetOptions { get; init; }

    /// <summary>Returns whether an option's value comes from a folder and not from the recipe.</summary>
    /// <param name="option">Name of the option.</param>
    public bool IsOfFolder(string option) => SetOptions?.Contains(option) == false;
}

/// <summary>Settings for building a model.</summary>
/// <param name="Device">Device of the parameters: the CPU, or <c>meta</c> for sizes only.</param>
/// <param name="Autocast">Element type of matrix products in the model's layers; the host may change it between passes.</param>
public sealed record BuildContext(torch.Device Device, Autocast Autocast)
{
    /// <summary>
    /// The ids that end a generated text, taken from the model's folder and its tokenizer.
    /// <see cref="ICausalLanguageModel.EndOfText"/> returns them.
    /// </summary>
    public IReadOnlyList<int> EndOfText { get; init; } = [];

    /// <summary>
    /// The only format in which a model that implements <see cref="IPacksWeights"/> keeps the weights that it packs and never trains,
    /// so that the originals take no memory. <see cref="IPacksWeights.LoadPacked"/> provides the weights. Null if the model
    /// keeps all its parameters.
    /// </summary>
    public WeightFormat? PackedOnly { get; init; }

    /// <summary>
    /// Whether an adapter is trained on top of the weights in the format <see cref="PackedOnly"/>. Products with these weights then
    /// propagate gradients to their inputs and are computed in the type of <see cref="Autocast"/>, like products with parameters.
    /// </summary>
    public bool IsFrozenBase { get; init; }
}

/// <summary>
/// The JSON files of a model folder by relative path, with forward slashes: <c>config.json</c>, <c>unet/config.json</c>.
/// </summary>
public sealed class ModelConfiguration
{
    private readonly SortedDictionary<string, JsonObject> _files;

    /// <summary>Takes the files.</summary>
    /// <param name="files">Contents by relative path.</param>
    public ModelConfiguration(IEnumerable<KeyValuePair<string, JsonObject>> files)
    {
        ArgumentNullException.ThrowIfNull(files);
        _files = new SortedDictionary<string, JsonObject>(StringComparer.Ordinal);
        foreach ((string path, JsonObject content) in files)
            _files.Add(path, content);
    }

    /// <summary>Describes a folder whose only configuration file is <c>config.json</c>.</summary>
    /// <param name="config">The content.</param>
    public ModelConfiguration(JsonObject config) : this(new Dictionary<string, JsonObject> { ["config.json"] = config }) { }

    /// <summary>The files by relative path, sorted.</summary>
    public IReadOnlyDictionary<string, JsonObject> Files => _files;

    /// <summary>The content of one file.</summary>
    /// <param name="path">Relative path with forward slashes.</param>
    /// <exception cref="ModelException">The folder has no such file.</exception>
    public JsonObject this[string path] => _files.TryGetValue(path, out JsonObject? content)
        ? content
        : throw new ModelException($"The model folder has no '{path}'. It has: {string.Join(", ", _files.Keys)}.");
}

/// <summary>A model cannot be built, read or used as requested.</summary>
public sealed class ModelException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">Names the key or tensor, the value found, the allowed values and how to fix it.</param>
    public ModelException(string message) : base(message) { }

    /// <summary>Creates the exception with its cause.</summary>
    /// <param name="message">Names the key or tensor, the value found, the allowed values and how to fix it.</param>
    /// <param name="cause">The underlying exception.</param>
    public ModelException(string message, Exception cause) : base(message, cause) { }
}
