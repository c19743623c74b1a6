using System.Collections.Concurrent;
using System.Globalization;

namespace Tenon.Host.Data;

/// <summary>Settings for opening a run's data.</summary>
internal sealed record OpenedDataSettings
{
    /// <summary>Name of the data component, for error messages.</summary>
    public required string Name { get; init; }

    /// <summary>Share to hold out when the data has no split of its own.</summary>
    public required double ValidationShare { get; init; }

    /// <summary>The root of the run's random numbers.</summary>
    public required SeededRandom Random { get; init; }

    /// <summary>Maximum number of training examples, stratified by class; 0: all.</summary>
    public int Examples { get; init; }

    /// <summary>Its seed determines which examples are used; null: <see cref="Random"/>.</summary>
    public SeededRandom? ExamplesRandom { get; init; }

    /// <summary>Cache of tokenized text.</summary>
    public required CacheFolder Cache { get; init; }

    /// <summary>Receives a description of slow work in progress.</summary>
    public required Action<string> Status { get; init; }

    /// <summary>Cancels tokenizing.</summary>
    public CancellationToken Stop { get; init; }
}

/// <summary>
/// A data set, split for training and validation. It is opened before the model: its texts train the tokenizer, whose
/// vocabulary determines the model's size, and the model then collates it (<see cref="For"/>).
/// </summary>
internal sealed class OpenedData : IDisposable
{
    private const int MostFailures = 5;
    private readonly IDataset _dataset;
    private readonly HeldOut<Example> _split;

    private OpenedData(IDataset dataset, OpenedDataSettings settings)
    {
        (_dataset, Settings) = (dataset, settings);
        if (dataset.Train.Count == 0)
            throw new DataException($"The data '{settings.Name}' has no training examples ({dataset.Facts.Summary}). Check its path.");
        SeededRandom random = settings.Random.Fork("held-out");
        bool own = dataset.Validation is not null;
        _split = own
            ? new HeldOut<Example>(dataset.Train, dataset.Validation)
            : HeldOut<Example>.Of(dataset.Train, settings.ValidationShare, random);
        if (ValidationCount == 0 && own)
            throw new DataException($"The data '{settings.Name}' has an empty validation split. Fill it, or remove it so that a share of the training examples is held out.");
        long all = _split.Train.Count;
        SplitKey = own
            ? "own"
            : string.Create(CultureInfo.InvariantCulture, $"{settings.ValidationShare:R}|{random.Seed}");
        if (settings.Examples > 0 && settings.Examples < _split.Train.Count)
        {
            SeededRandom drawn = (settings.ExamplesRandom ?? settings.Random).Fork("examples");
            _split = _split with { Train = Limited.Of(_split.Train, settings.Examples, drawn) };
            SplitKey = string.Create(CultureInfo.InvariantCulture, $"{SplitKey}|{settings.Examples}|{drawn.Seed}");
        }

        Facts = dataset.Facts with { Summary = Summary(dataset.Facts.Summary, own, all) };
    }

    /// <summary>Facts of the data; the summary includes what was held out.</summary>
    public DataFacts Facts { get; }

    /// <summary>The type of example.</summary>
    public Type ExampleType => _dataset.ExampleType;

    /// <summary>Number of training examples.</summary>
    public long TrainCount => _split.Train.Count;

    /// <summary>Number of validation examples; may be 0.</summary>
    public long ValidationCount => _split.Validation?.Count ?? 0;

    /// <summary>The texts to train a tokenizer on, read lazily; each enumeration starts at the beginning.</summary>
    public IEnumerable<string> TrainingTexts => ExampleTexts.Of(_split.Train);

    /// <summary>The examples as the data component gives them, before the host divides them.</summary>
    public IEnumerable<IExamples<Example>> Sources => new[] { _dataset.Train, _dataset.Validation }.OfType<IExamples<Example>>();

    /// <summary>Everything that the split depends on besides the data.</summary>
    public string SplitKey { get; }

    /// <summary>The settings.</summary>
    public OpenedDataSettings Settings { get; }

    /// <summary>Splits an opened data set and takes ownership of it.</summary>
    /// <param name="dataset">The data set.</param>
    /// <param name="settings">Share, randomness, cache.</param>
    /// <exception cref="DataException">There are no examples, or none can be held out. The data set is disposed.</exception>
    public static OpenedData Open(IDataset dataset, OpenedDataSettings settings)
    {
        try
        {
            return new OpenedData(dataset, settings);
        }
        catch
        {
            dataset.Dispose();
            throw;
        }
    }

    /// <summary>The examples of a split; null without validation data, or if the data has another type.</summary>
    /// <typeparam name="TExample">The type of example.</typeparam>
    /// <param name="split">The split.</param>
    public IExamples<TExample>? Examples<TExample>(Split split) where TExample : Example
    {
        IExamples<Example>? examples = split == Split.Train ? _split.Train : _split.Validation;
        if (examples is null || !ExampleType.IsAssignableTo(typeof(TExample)))
            return null;
        return examples as IExamples<TExample> ?? new ExamplesAs<TExample>(examples);
    }

    /// <summary>
    /// Reads all validation examples once: a damaged file must not end the run after its last step, when they are all read for
    /// the first time.
    /// </summary>
    /// <exception cref="DataException">Some cannot be read; the message has the first few of them.</exception>
    public void CheckValidation()
    {
        if (_split.Validation is not { } examples)
            return;
        Settings.Status($"reading {examples.Count:N0} validation examples");
        var failures = new ConcurrentDictionary<long, string>();
        Parallel.For(0, examples.Count, new ParallelOptions { CancellationToken = Settings.Stop }, index =>
        {
            try
            {
                _ = examples[index];
            }
            catch (Exception cause) when (cause is DataException or IOException or UnauthorizedAccessException)
            {
                failures[index] = cause.Message;
            }
        });
        if (failures.IsEmpty)
            return;
        string[] first = [.. failures.OrderBy(failure => failure.Key).Take(MostFailures).Select(failure => failure.Value)];
        string more = failures.Count > first.Length ? $" And {failures.Count - first.Length:N0} more." : "";
        throw new DataException(failures.Count == 1
            ? first[0]
            : $"{failures.Count:N0} validation examples cannot be read. {string.Join(" ", first)}{more}");
    }

    /// <summary>A model's collate function for the examples, or null.</summary>
    /// <param name="model">Any model.</param>
    public ICollate<Example>? CollateOf(IModel model) => _dataset.CollateOf(model);

    /// <summary>A model's packing of the examples, or null.</summary>
    /// <param name="model">Any model.</param>
    public IPacks<Example>? PacksOf(IModel model) => _dataset.PacksOf(model);

    /// <summary>Whether the host creates token blocks for a model from the data's texts.</summary>
    /// <param name="model">Any model.</param>
    public bool IsPackedFor(IModel? model) => ExampleType == typeof(TextExample) && model is ILearnsFromTokens;

    /// <summary>Why a model cannot learn from the data on its own; null if it can.</summary>
    /// <param name="model">Any model.</param>
    public string? UnsupportedReason(IModel model) => IsPackedFor(model) || CollateOf(model) is not null ? null : Learning.UnsupportedReason(Settings.Name, ExampleType, model);

    /// <summary>The data as a strategy sees it. Dispose it before this object.</summary>
    /// <param name="model">Collates batches for its own objective; null: a strategy creates its own.</param>
    /// <param name="batches">Size, device, randomness, tokenizer.</param>
    public RunData For(IModel? model, BatchSettings batches) => new(this, model, batches);

    /// <summary>Disposes the data set.</summary>
    public void Dispose() => _dataset.Dispose();

    private string Summary(string summary, bool own, long all)
    {
        List<string> parts = summary.Length > 0 ? [summary] : [];
        if (!own && _split.Validation is not null)
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"{ValidationCount:N0} of {all + ValidationCount:N0} examples held out"));
        if (all > TrainCount)
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"{TrainCount:N0} of {all:N0} used for training"));
        return string.Join("; ", parts);
    }

    // Examples of one type.
    private sealed class ExamplesAs<TExample>(IExamples<Example> examples) : IExamples<TExample> where TExample : Example
    {
        public long Count => examples.Count;

        public TExample this[long index] => (TExample)examples[index];
    }
}
