using System.Globalization;

namespace Tenon.Host.Data;

/// <summary>How a run's data is opened.</summary>
internal sealed record OpenedDataSettings
{
    /// <summary>Name of the data component, for errors.</summary>
    public required string Name { get; init; }

    /// <summary>Share that is held out when the data has no split of its own.</summary>
    public required double ValidationShare { get; init; }

    /// <summary>The root of the run's randomness.</summary>
    public required SeededRandom Random { get; init; }

    /// <summary>Most examples to train on, each class with its share; 0: all.</summary>
    public int Examples { get; init; }

    /// <summary>Its seed decides which examples are taken; null: that of <see cref="Random"/>.</summary>
    public SeededRandom? ExamplesRandom { get; init; }

    /// <summary>Where tokenized text is kept.</summary>
    public required CacheFolder Cache { get; init; }

    /// <summary>Told what is being done, when it takes time.</summary>
    public required Action<string> Status { get; init; }

    /// <summary>Ends tokenizing.</summary>
    public CancellationToken Stop { get; init; }
}

/// <summary>
/// A data set, divided for training and validation. It comes before the model: its texts train the tokenizer, whose
/// vocabulary sizes the model, which then makes batches of it (<see cref="For"/>).
/// </summary>
internal sealed class OpenedData : IDisposable
{
    private readonly IDataset _dataset;
    private readonly HeldOut<Example> _split;

    private OpenedData(IDataset dataset, OpenedDataSettings settings)
    {
        (_dataset, Settings) = (dataset, settings);
        if (dataset.Train.Count == 0)
            throw new DataException($"The data '{settings.Name}' has no examples to train on ({dataset.Facts.Summary}). Point it at some.");
        SeededRandom random = settings.Random.Fork("held-out");
        bool own = dataset.Validation is not null;
        _split = own
            ? new HeldOut<Example>(dataset.Train, dataset.Validation)
            : HeldOut<Example>.Of(dataset.Train, settings.ValidationShare, random);
        if (ValidationCount == 0 && own)
            throw new DataException($"The data '{settings.Name}' has a validation split without examples. Fill it, or leave it out so that a share of the training examples is held out.");
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

    /// <summary>Examples to train on.</summary>
    public long TrainCount => _split.Train.Count;

    /// <summary>Examples to validate on; 0: there are none.</summary>
    public long ValidationCount => _split.Validation?.Count ?? 0;

    /// <summary>The texts to train a tokenizer on, read lazily; each enumeration starts at the beginning.</summary>
    public IEnumerable<string> TrainingTexts => ExampleTexts.Of(_split.Train);

    /// <summary>What the split depends on besides the data.</summary>
    public string SplitKey { get; }

    /// <summary>How the data was opened.</summary>
    public OpenedDataSettings Settings { get; }

    /// <summary>Divides an opened data set and takes it over.</summary>
    /// <param name="dataset">The data set.</param>
    /// <param name="settings">Share, randomness, cache.</param>
    /// <exception cref="DataException">There are no examples, or no share of them can be held out. The data set is disposed.</exception>
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

    /// <summary>The examples of a part; null when nothing is held out, or the data has another kind.</summary>
    /// <typeparam name="TExample">The type of example.</typeparam>
    /// <param name="split">The split.</param>
    public IExamples<TExample>? Examples<TExample>(Split split) where TExample : Example
    {
        IExamples<Example>? examples = split == Split.Train ? _split.Train : _split.Validation;
        if (examples is null || !ExampleType.IsAssignableTo(typeof(TExample)))
            return null;
        return examples as IExamples<TExample> ?? new ExamplesAs<TExample>(examples);
    }

    /// <summary>A model's way to make batches of the examples; null when it has none.</summary>
    /// <param name="model">Any model.</param>
    public ICollate<Example>? CollateOf(IModel model) => _dataset.CollateOf(model);

    /// <summary>A model's way to put several examples in a row; null when it has none.</summary>
    /// <param name="model">Any model.</param>
    public IPacks<Example>? PacksOf(IModel model) => _dataset.PacksOf(model);

    /// <summary>Whether the host makes a model's blocks of tokens from the data's texts.</summary>
    /// <param name="model">Any model.</param>
    public bool IsPackedFor(IModel? model) => ExampleType == typeof(TextExample) && model is ILearnsFromTokens;

    /// <summary>Why a model cannot learn from the data by itself; null when it can.</summary>
    /// <param name="model">Any model.</param>
    public string? UnsupportedReason(IModel model) => IsPackedFor(model) || CollateOf(model) is not null ? null : Learning.UnsupportedReason(Settings.Name, ExampleType, model);

    /// <summary>The data as a strategy sees it. Dispose it before this object.</summary>
    /// <param name="model">Makes the batches of its own objective; null: a strategy makes its own.</param>
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
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"{TrainCount:N0} of {all:N0} trained on"));
        return string.Join("; ", parts);
    }

    // Examples that are all of one kind.
    private sealed class ExamplesAs<TExample>(IExamples<Example> examples) : IExamples<TExample> where TExample : Example
    {
        public long Count => examples.Count;

        public TExample this[long index] => (TExample)examples[index];
    }
}
