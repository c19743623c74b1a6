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

    /// <summary>
    /// Returns where the example at an index comes from, for messages: file and line, or an image file; null if unknown.
    /// </summary>
    /// <param name="index">In [0, <see cref="Count"/>).</param>
    string? Origin(long index) => null;
}

/// <summary>Facts about the data that a model needs before it is built.</summary>
public sealed record DataFacts
{
    /// <summary>Names of the classes in the order of their indices; empty when examples have no label.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];

    /// <summary>Whether <see cref="Labels"/> are classes of words (<see cref="TokenLabelledExample"/>), not of whole examples.</summary>
    public bool LabelsWords { get; init; }

    /// <summary>
    /// Whether the examples are questions about passages (<see cref="QuestionAnswerExample"/>), which need a model that predicts spans.
    /// </summary>
    public bool HasQuestions { get; init; }

    /// <summary>Height, width and channels of the prepared images; null if there are no images or their sizes differ.</summary>
    public (int Height, int Width, int Channels)? ImageSize { get; init; }

    /// <summary>The preparation that resized images to <see cref="ImageSize"/>; null if none were resized.</summary>
    public ImagePreparation? ImagePreparation { get; init; }

    /// <summary>
    /// The template for conversations; null if the examples contain none (<see cref="ChatExample.Conversation"/>,
    /// <see cref="PreferenceExample.Conversation"/>).
    /// </summary>
    public ChatTemplateChoice? ChatTemplate { get; init; }

    /// <summary>One line that describes the data: source, number of examples, size.</summary>
    public string Summary { get; init; } = "";

    /// <summary>Notes for the user about usable but questionable data, as sentences; reported before the first step.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>
    /// Changes if and only if the examples change (content of files, options), so that derived results such as packed tokens can be
    /// cached, and a resumed run is refused if its data has changed. Does not depend on paths or times. If it is null, nothing is
    /// cached, and the host compares the examples themselves where possible.
    /// </summary>
    public string? Fingerprint { get; init; }
}

/// <summary>
/// An opened data set with any type of example, as the host calls it. Plugins implement <see cref="IDataset{TExample}"/>.
/// </summary>
public interface IDataset : IDisposable
{
    /// <summary>Facts about the data that a model needs.</summary>
    DataFacts Facts { get; }

    /// <summary>The type of example.</summary>
    Type ExampleType { get; }

    /// <inheritdoc cref="IDataset{TExample}.Train"/>
    IExamples<Example> Train { get; }

    /// <inheritdoc cref="IDataset{TExample}.Validation"/>
    IExamples<Example>? Validation { get; }

    /// <summary>
    /// Returns the model's collate function for these examples (<see cref="ICollate{TExample}"/>); null if it has none.
    /// </summary>
    /// <param name="model">Any model.</param>
    ICollate<Example>? CollateOf(IModel model);

    /// <summary>Returns the model's packing of these examples (<see cref="IPacks{TExample}"/>); null if it has none.</summary>
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
    /// The validation examples, or null if the source does not define a split; the host then holds out the share of
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
/// A source of examples. The class must have the attribute <see cref="DataAttribute"/>; the host provides its constructor's arguments.
/// </summary>
/// <typeparam name="TOptions">The options that recipes set: a record with defaults and ranges.</typeparam>
/// <typeparam name="TExample">The type of example.</typeparam>
public interface IData<in TOptions, out TExample> : IData
    where TOptions : class, new()
    where TExample : Example
{
    /// <summary>Opens the data. The caller disposes the result.</summary>
    /// <param name="options">Validated options.</param>
    /// <param name="context">The base folder of relative paths, and a receiver of progress.</param>
    /// <exception cref="DataException">The data is missing, empty or malformed; the message names the file and how to fix it.</exception>
    IDataset<TExample> Open(TOptions options, DataContext context);

    /// <inheritdoc/>
    Type IComponent.OptionsType => typeof(TOptions);

    /// <inheritdoc/>
    IDataset IData.Open(object options, DataContext context) => Open((TOptions)options, context);
}

/// <summary>The host's services for a data component.</summary>
/// <param name="BaseDirectory">Base folder of relative paths in the recipe: the recipe's folder.</param>
/// <param name="Random">Randomness for splits or subsets that the component draws.</param>
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

    /// <summary>
    /// Receives rows, files and images that cannot be used, so that all of them are reported together; the host then stops, or
    /// skips and counts them, depending on the recipe's <c>data:onError</c>. If it is null, <see cref="Reject"/> throws.
    /// </summary>
    public Action<DataException>? OnRejected { get; init; }

    /// <summary>
    /// Rejects a row, a file or an image. If it returns, the component skips it and continues.
    /// </summary>
    /// <param name="fault">Names file and line, what was found and how to fix it.</param>
    /// <exception cref="DataException">The fault, if nothing collects faults.</exception>
    public void Reject(DataException fault)
    {
        ArgumentNullException.ThrowIfNull(fault);
        (OnRejected ?? throw fault)(fault);
    }
}

/// <summary>Data is missing, empty or malformed.</summary>
public sealed class DataException : Exception
{
    private const int Shown = 10;

    /// <summary>Creates the exception.</summary>
    /// <param name="message">Names the file, the value found, the allowed values and how to fix it.</param>
    public DataException(string message) : base(message) { }

    /// <summary>Creates the exception with its cause.</summary>
    /// <param name="message">Names the file, the value found, the allowed values and how to fix it.</param>
    /// <param name="cause">The underlying exception.</param>
    public DataException(string message, Exception cause) : base(message, cause) { }

    /// <summary>Creates the exception for several faults. The message lists the first ones and counts the others.</summary>
    /// <param name="faults">At least one, each with file and line.</param>
    /// <param name="advice">How to list or skip all of them; follows the list.</param>
    public DataException(IReadOnlyList<string> faults, string advice) : base(Join(faults, advice)) => Faults = faults;

    /// <summary>The individual faults; usually just the message itself.</summary>
    public IReadOnlyList<string> Faults { get => field ?? [Message]; }

    private static string Join(IReadOnlyList<string> faults, string advice)
    {
        ArgumentNullException.ThrowIfNull(faults);
        if (faults.Count == 1)
            return faults[0];
        string more = faults.Count > Shown ? $"\n  … and {faults.Count - Shown} more" : "";
        return $"{faults.Count} examples cannot be used:\n  {string.Join("\n  ", faults.Take(Shown))}{more}\n{advice}";
    }
}
