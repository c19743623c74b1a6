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
/// vocabulary sizes the model, which then says with <see cref="For"/> how batches are made.
/// </summary>
internal abstract class OpenedData : IDisposable
{
    /// <summary>Facts of the data; the summary says what was held out.</summary>
    public abstract DataFacts Facts { get; }

    /// <summary>The kind of example.</summary>
    public abstract Type ExampleType { get; }

    /// <summary>Examples to train on.</summary>
    public abstract long TrainCount { get; }

    /// <summary>Examples to validate on; 0: there are none.</summary>
    public abstract long ValidationCount { get; }

    /// <summary>The texts to train a tokenizer on, read lazily; each enumeration starts afresh.</summary>
    public abstract IEnumerable<string> TrainingTexts { get; }

    /// <summary>Divides an opened data set and takes it over.</summary>
    /// <param name="dataset">An <see cref="IDataset{TExample}"/>.</param>
    /// <param name="settings">Share, randomness, cache.</param>
    /// <exception cref="DataException">There are no examples, or no share of them can be held out. The data set is disposed.</exception>
    public static OpenedData Open(IDisposable dataset, OpenedDataSettings settings)
    {
        Type example = dataset.GetType().GetInterfaces()
            .Single(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IDataset<>)).GetGenericArguments()[0];
        Func<IDataset<Example>, OpenedDataSettings, OpenedData> open = Open<Example>;
        try
        {
            return (OpenedData)open.Method.GetGenericMethodDefinition().MakeGenericMethod(example)
                .Invoke(null, System.Reflection.BindingFlags.DoNotWrapExceptions, null, [dataset, settings], null)!;
        }
        catch
        {
            dataset.Dispose();
            throw;
        }
    }

    /// <summary>Why a model of a class cannot learn from the data by itself; null when it can.</summary>
    /// <param name="model">The model's class.</param>
    public abstract string? Objection(Type model);

    /// <summary>The data as a strategy sees it. Dispose it before this object.</summary>
    /// <param name="model">Makes the batches of its own objective; null: a strategy makes its own.</param>
    /// <param name="batches">Size, device, randomness, tokenizer.</param>
    public abstract RunData For(IModel? model, BatchSettings batches);

    /// <summary>Disposes the data set.</summary>
    public abstract void Dispose();

    private static OpenedData<TExample> Open<TExample>(IDataset<TExample> dataset, OpenedDataSettings settings) where TExample : Example =>
        new(dataset, settings);
}

/// <inheritdoc/>
internal sealed class OpenedData<TExample> : OpenedData where TExample : Example
{
    private readonly IDataset<TExample> _dataset;
    private readonly OpenedDataSettings _settings;
    private readonly HeldOut<TExample> _split;

    /// <summary>Divides a data set.</summary>
    public OpenedData(IDataset<TExample> dataset, OpenedDataSettings settings)
    {
        (_dataset, _settings) = (dataset, settings);
        if (dataset.Train.Count == 0)
            throw new DataException($"The data '{settings.Name}' has no examples to train on ({dataset.Facts.Summary}). Point it at some.");
        SeededRandom random = settings.Random.Fork("held-out");
        bool own = dataset.Validation is not null;
        _split = own
            ? new HeldOut<TExample>(dataset.Train, dataset.Validation)
            : HeldOut<TExample>.Of(dataset.Train, settings.ValidationShare, random);
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

    /// <inheritdoc/>
    public override DataFacts Facts { get; }

    /// <inheritdoc/>
    public override Type ExampleType => typeof(TExample);

    /// <inheritdoc/>
    public override long TrainCount => _split.Train.Count;

    /// <inheritdoc/>
    public override long ValidationCount => _split.Validation?.Count ?? 0;

    /// <inheritdoc/>
    public override IEnumerable<string> TrainingTexts => ExampleTexts.Of(_split.Train);

    /// <summary>What the split depends on besides the data.</summary>
    public string SplitKey { get; }

    /// <summary>How the data was opened.</summary>
    public OpenedDataSettings Settings => _settings;

    /// <summary>The examples of a part; null when nothing is held out.</summary>
    public IExamples<TExample>? Examples(Split split) => split == Split.Train ? _split.Train : _split.Validation;

    /// <inheritdoc/>
    public override string? Objection(Type model) => Learning.Objection(_settings.Name, typeof(TExample), model);

    /// <inheritdoc/>
    public override RunData For(IModel? model, BatchSettings batches) => new RunData<TExample>(this, model, batches);

    /// <inheritdoc/>
    public override void Dispose() => _dataset.Dispose();

    private string Summary(string summary, bool own, long all)
    {
        List<string> parts = summary.Length > 0 ? [summary] : [];
        if (!own && _split.Validation is not null)
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"{ValidationCount:N0} of {all + ValidationCount:N0} examples held out"));
        if (all > TrainCount)
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"{TrainCount:N0} of {all:N0} trained on"));
        return string.Join("; ", parts);
    }
}
