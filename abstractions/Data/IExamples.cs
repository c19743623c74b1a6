namespace Tenon;

/// <summary>
/// Examples that are fetched by index, so that the training order is a function of seed and step. Large corpora keep offsets in
/// memory and read the content on access. Thread-safe: examples are fetched on worker threads.
/// </summary>
/// <typeparam name="TExample">The type of example.</typeparam>
public interface IExamples<out TExample> where TExample : Example
{
    /// <summary>Number of examples; constant.</summary>
    long Count { get; }

    /// <summary>The example at an index; the same content on every call.</summary>
    /// <param name="index">In [0, <see cref="Count"/>).</param>
    /// <exception cref="ArgumentOutOfRangeException">The index is outside the range.</exception>
    /// <exception cref="IOException">The example could not be read.</exception>
    TExample this[long index] { get; }
}

/// <summary>What a model needs to know about the data before it is built.</summary>
public sealed record DataFacts
{
    /// <summary>Names of the classes in the order of their indices; empty when examples have no label.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];

    /// <summary>Whether <see cref="Labels"/> are classes of words (<see cref="TokenLabelledExample"/>), not of whole examples.</summary>
    public bool LabelsWords { get; init; }

    /// <summary>Height, width and channels of the prepared images; null without images or when sizes differ.</summary>
    public (int Height, int Width, int Channels)? ImageSize { get; init; }

    /// <summary>One line that describes what was read: source, number of examples, size.</summary>
    public string Summary { get; init; } = "";

    /// <summary>
    /// Changes when the examples change (content of files, options), and only then, so that derived results such as packed
    /// tokens can be cached, and a resumed run is refused when its data has changed. It does not depend on paths or times. Null:
    /// nothing is cached, and the host compares the examples themselves where that is possible.
    /// </summary>
    public string? Fingerprint { get; init; }
}

/// <summary>
/// An opened data set with any type of example, as the host calls it. Plugins implement <see cref="IDataset{TExample}"/>.
/// </summary>
public interface IDataset : IDisposable
{
    /// <summary>What a model needs to know about the data.</summary>
    DataFacts Facts { get; }

    /// <summary>The type of example.</summary>
    Type ExampleType { get; }

    /// <inheritdoc cref="IDataset{TExample}.Train"/>
    IExamples<Example> Train { get; }

    /// <inheritdoc cref="IDataset{TExample}.Validation"/>
    IExamples<Example>? Validation { get; }

    /// <summary>The model's collate function for these examples (<see cref="ICollate{TExample}"/>); null if it has none.</summary>
    /// <param name="model">Any model.</param>
    ICollate<Example>? CollateOf(IModel model);

    /// <summary>The model's packing of these examples (<see cref="IPacks{TExample}"/>); null if it has none.</summary>
    /// <param name="model">Any model.</param>
    IPacks<Example>? PacksOf(IModel model);
}

/// <summary>An opened data set. The host disposes it at the end of the run.</summary>
/// <typeparam name="TExample">The type of example.</typeparam>
public interface IDataset<out TExample> : IDataset where TExample : Example
{
    /// <summary>The training examples.</summary>
    new IExamples<TExample> Train { get; }

    /// <summary>
    /// The validation examples, or null when the source has no split of its own; the host then holds out the share of
    /// <see cref="Train"/> that the recipe sets.
    /// </summary>
    new IExamples<TExample>? Validation { get; }

    /// <inheritdoc/>
    Type IDataset.ExampleType => typeof(TExample);

    /// <inheritdoc/>
    IExamples<Example> IDataset.Train => Train;

    /// <inheritdoc/>
    IExamples<Example>? IDataset.Validation => Validation;

    /// <inheritdoc/>
    ICollate<Example>? IDataset.CollateOf(IModel model) => model is ICollate<TExample> collate ? new CollateOfAny<TExample>(collate) : null;

    /// <inheritdoc/>
    IPacks<Example>? IDataset.PacksOf(IModel model) => model is IPacks<TExample> packs ? new PacksOfAny<TExample>(packs) : null;
}

/// <summary>
/// A source of examples with any options and type of example, as the host calls it. Plugins implement
/// <see cref="IData{TOptions, TExample}"/>.
/// </summary>
public interface IData : IComponent
{
    /// <inheritdoc cref="IData{TOptions, TExample}.Open"/>
    IDataset Open(object options, DataContext context);
}

/// <summary>
/// A source of examples. The class has the attribute <see cref="DataAttribute"/>; the host provides its constructor's arguments.
/// </summary>
/// <typeparam name="TOptions">The options that recipes set: a record with defaults and ranges.</typeparam>
/// <typeparam name="TExample">The type of example.</typeparam>
public interface IData<in TOptions, out TExample> : IData
    where TOptions : class, new()
    where TExample : Example
{
    /// <summary>Opens the data. The caller disposes the result.</summary>
    /// <param name="options">Validated options.</param>
    /// <param name="context">Where relative paths start, and progress.</param>
    /// <exception cref="DataException">The data is missing, empty or malformed; the message names the file and how to fix it.</exception>
    IDataset<TExample> Open(TOptions options, DataContext context);

    /// <inheritdoc/>
    Type IComponent.OptionsType => typeof(TOptions);

    /// <inheritdoc/>
    IDataset IData.Open(object options, DataContext context) => Open((TOptions)options, context);
}

/// <summary>What the host provides to a data component.</summary>
/// <param name="BaseDirectory">The folder that relative paths in the recipe start from: the recipe's own.</param>
/// <param name="Random">For a split or a subset that the component draws.</param>
/// <param name="Status">Receives a few words that describe slow work in progress.</param>
public sealed record DataContext(string BaseDirectory, SeededRandom Random, Action<string> Status)
{
    /// <summary>The sum of the recipe's rewards; null when the recipe has none. Owned by the host.</summary>
    public IReward? Reward { get; init; }

    /// <summary>Opens model folders; null when data is opened without a device.</summary>
    public IModelOpener? Models { get; init; }

    /// <summary>Generates text.</summary>
    public ITextGenerator? Generator { get; init; }

    /// <summary>
    /// Cancelled when the user asks to stop. A slow <c>Open</c> observes it and throws
    /// <see cref="OperationCanceledException"/>.
    /// </summary>
    public CancellationToken Stop { get; init; }
}

/// <summary>Data is missing, empty or malformed.</summary>
public sealed class DataException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">Names the file, what was found, what is allowed and how to fix it.</param>
    public DataException(string message) : base(message) { }

    /// <summary>Creates the exception with its cause.</summary>
    /// <param name="message">Names the file, what was found, what is allowed and how to fix it.</param>
    /// <param name="cause">The underlying exception.</param>
    public DataException(string message, Exception cause) : base(message, cause) { }
}
