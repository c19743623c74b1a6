using System.Globalization;

namespace Tenon.Host.Data;

/// <summary>Settings for opening a run's data.</summary>
internal sealed record OpenedDataSettings
{
    /// <summary>Name of the data component, for error messages.</summary>
    public required string Name { get; init; }

    /// <summary>Share to hold out if the data does not define a split.</summary>
    public required double ValidationShare { get; init; }

    /// <summary>The root of the run's random numbers.</summary>
    public required SeededRandom Random { get; init; }

    /// <summary>Maximum number of training examples, stratified by class; 0 for all.</summary>
    public int Examples { get; init; }

    /// <summary>Randomness whose seed determines which examples are used; null for <see cref="Random"/>.</summary>
    public SeededRandom? ExamplesRandom { get; init; }

    /// <summary>Cache of tokenized text.</summary>
    public required CacheFolder Cache { get; init; }

    /// <summary>Receives a description of slow work in progress.</summary>
    public required Action<string> Status { get; init; }

    /// <summary>Receives a sentence about a cached file that cannot be used.</summary>
    public Action<string> Warn { get; init; } = _ => { };

    /// <summary>Sentences about what the data component has rejected, which the data does not contain.</summary>
    public IReadOnlyCollection<string> Rejected { get; init; } = [];

    /// <summary>Cancels tokenizing.</summary>
    public CancellationToken Stop { get; init; }
}

/// <summary>
/// A data set, split for training and validation. It is opened before the model: its texts train the tokenizer, the tokenizer's
/// vocabulary determines the model's size, and the model then collates the data (<see cref="For"/>).
/// </summary>
internal sealed class OpenedData : IDisposable
{
    private readonly IDataset _dataset;
    private HeldOut<Example> _split;

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
            throw new DataException($"The data '{settings.Name}' has an empty validation split. Fill it, or remove it so that a share " +
                "of the training examples is held out.");
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

    /// <summary>Facts about the data; the summary includes what was held out.</summary>
    public DataFacts Facts { get; private set; }

    /// <summary>Sentences about what the data component has rejected.</summary>
    public IReadOnlyCollection<string> Rejected => Settings.Rejected;

    /// <summary>The type of example.</summary>
    public Type ExampleType => _dataset.ExampleType;

    /// <summary>Number of training examples.</summary>
    public long TrainCount => _split.Train.Count;

    /// <summary>Number of validation examples; may be 0.</summary>
    public long ValidationCount => _split.Validation?.Count ?? 0;

    /// <summary>The texts to train a tokenizer on, read lazily; each enumeration starts at the beginning.</summary>
    public IEnumerable<string> TrainingTexts => ExampleTexts.Of(_split.Train);

    /// <summary>The examples as the data component provides them, before the host splits them.</summary>
    public IEnumerable<IExamples<Example>> Sources => new[] { _dataset.Train, _dataset.Validation }.OfType<IExamples<Example>>();

    /// <summary>Everything besides the data that the split depends on.</summary>
    public string SplitKey { get; private set; }

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

    /// <summary>Returns the examples of a split; null without validation data, or if the data has a different type of example.</summary>
    /// <typeparam name="TExample">The type of example.</typeparam>
    /// <param name="split">The split.</param>
    public IExamples<TExample>? Examples<TExample>(Split split) where TExample : Example
    {
        IExamples<Example>? examples = split == Split.Train ? _split.Train : _split.Validation;
        if (examples is null || !ExampleType.IsAssignableTo(typeof(TExample)))
            return null;
        return examples as IExamples<TExample> ?? new ExamplesAs<TExample>(examples);
    }

    /// <summary>Returns where an example comes from; null if unknown.</summary>
    /// <param name="split">Its split.</param>
    /// <param name="index">Its index there.</param>
    public string? Origin(Split split, long index) => (split == Split.Train ? _split.Train : _split.Validation)?.Origin(index);

    /// <summary>Removes examples. Existing batches are not changed.</summary>
    /// <param name="unusable">The examples.</param>
    /// <exception cref="DataException">A split has no examples left.</exception>
    public void LeaveOut(IReadOnlyCollection<UnusableExample> unusable)
    {
        _split = new HeldOut<Example>(
            Without(_split.Train, Split.Train), _split.Validation is { } validation ? Without(validation, Split.Validation) : null);
        Facts = Facts with { Summary = string.Create(CultureInfo.InvariantCulture, $"{Facts.Summary}; {unusable.Count:N0} skipped") };
        SplitKey = CacheFolder.Fingerprint([SplitKey, .. unusable.Select(example => $"{example.Split} {example.Index}")]);

        IExamples<Example> Without(IExamples<Example> examples, Split split)
        {
            HashSet<long> gone = [.. unusable.Where(example => example.Split == split).Select(example => example.Index)];
            if (gone.Count == 0)
                return examples;
            long[] kept = [.. Indices(examples.Count).Where(index => !gone.Contains(index))];
            return kept.Length > 0 ? new Selected<Example>(examples, kept.Length, index => kept[index]) : throw new DataException(
                $"None of the {gone.Count} {(split == Split.Train ? "training" : "validation")} examples of the data '{Settings.Name}' " +
                $"can be used. The first fault: {unusable.First(example => example.Split == split).Fault}");
        }

        static IEnumerable<long> Indices(long count)
        {
            for (long index = 0; index < count; index++)
                yield return index;
        }
    }

    /// <summary>
    /// Maps the labels to the classes of a model, which may have more classes, or the same classes in another order.
    /// </summary>
    /// <param name="classes">The model's classes.</param>
    /// <exception cref="DataException">The data has a class that the model does not have.</exception>
    public void Relabel(IReadOnlyList<string> classes)
    {
        string[] unknown = [.. Facts.Labels.Except(classes, StringComparer.Ordinal)];
        if (unknown.Length > 0)
        {
            throw new DataException(
                $"The data has {(unknown.Length == 1 ? "a class" : "classes")} that the model does not have: " +
                $"{string.Join(", ", unknown)}. " +
                $"The model's classes are {string.Join(", ", classes)}. Remove these examples, or spell their labels as the model does.");
        }

        int[] index = [.. Facts.Labels.Select(label => classes.Index().First(known => known.Item == label).Index)];
        Facts = Facts with { Labels = classes };
        _split = new HeldOut<Example>(
            new Relabelled(_split.Train, index), _split.Validation is { } validation ? new Relabelled(validation, index) : null);
    }

    /// <summary>
    /// Returns a tokenizer with the chat template of the data, if the data contains conversations and the tokenizer has no template, or
    /// the data replaces it.
    /// </summary>
    /// <param name="tokenizer">The model's tokenizer, or null.</param>
    /// <exception cref="DataException">The tokenizer does not support chat templates, or the template is malformed.</exception>
    public ITokenizer? WithChatTemplate(ITokenizer? tokenizer) =>
        tokenizer is not null && Facts.ChatTemplate is { } choice && (choice.Replaces || tokenizer.ChatTemplate is null)
            ? tokenizer.WithChatTemplate(choice.Source) : tokenizer;

    /// <summary>Returns a model's collate function for the examples, or null.</summary>
    /// <param name="model">Any model.</param>
    public ICollate<Example>? CollateOf(IModel model) => _dataset.CollateOf(model);

    /// <summary>Returns a model's packing of the examples, or null.</summary>
    /// <param name="model">Any model.</param>
    public IPacks<Example>? PacksOf(IModel model) => _dataset.PacksOf(model);

    /// <summary>Returns whether the host creates token blocks for a model from the data's texts.</summary>
    /// <param name="model">Any model.</param>
    public bool IsPackedFor(IModel? model) => ExampleType == typeof(TextExample) && model is ILearnsFromTokens;

    /// <summary>Explains why a model cannot learn from the data on its own; null if it can.</summary>
    /// <param name="model">Any model.</param>
    public string? UnsupportedReason(IModel model) =>
        IsPackedFor(model) || CollateOf(model) is not null ? null : Learning.UnsupportedReason(Settings.Name, ExampleType, model);

    /// <summary>Returns the data as a strategy sees it. Dispose it before this object.</summary>
    /// <param name="model">Collates batches for its own objective; null if a strategy creates its own.</param>
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

    // Adapts examples to one type.
    private sealed class ExamplesAs<TExample>(IExamples<Example> examples) : IExamples<TExample> where TExample : Example
    {
        public long Count => examples.Count;

        public TExample this[long index] => (TExample)examples[index];

        public string? Origin(long index) => examples.Origin(index);
    }
}
