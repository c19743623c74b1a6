namespace Tenon.Host.Data;

/// <summary>A run's data as a strategy sees it. Owns the files of tokens that it makes.</summary>
internal abstract class RunData : IRunData, IDisposable
{
    /// <inheritdoc/>
    public abstract DataFacts Facts { get; }

    /// <summary>Whether there is anything to validate on.</summary>
    public abstract bool HasValidation { get; }

    /// <inheritdoc/>
    public abstract IExamples<TWanted>? Examples<TWanted>(Split split) where TWanted : Example;

    /// <inheritdoc/>
    public abstract IBatchSource Batches(Split split);

    /// <inheritdoc/>
    public abstract IBatchSource Batches<TWanted>(Split split, ICollate<TWanted> collate) where TWanted : Example;

    /// <summary>Batches of the model's own objective, each example once, in order and prepared as for validation, whatever the split.</summary>
    /// <param name="split">Which part.</param>
    public abstract IBatchSource InOrder(Split split);

    /// <summary>The same data, of which all batches are in order and prepared as for validation, whatever the split.</summary>
    public abstract IRunData InOrder();

    /// <summary>Closes the files of tokens.</summary>
    public abstract void Dispose();
}

/// <inheritdoc/>
internal sealed class RunData<TExample> : RunData where TExample : Example
{
    private readonly OpenedData<TExample> _opened;
    private readonly IModel? _model;
    private readonly BatchSettings _settings;
    private readonly Lock _lock = new();
    private readonly Dictionary<Split, TokenStore> _tokens = [];
    private readonly Dictionary<Split, PackedRows<TExample>> _rows = [];

    /// <summary>Joins data and model.</summary>
    public RunData(OpenedData<TExample> opened, IModel? model, BatchSettings settings) =>
        (_opened, _model, _settings) = (opened, model, settings);

    /// <inheritdoc/>
    public override DataFacts Facts => _opened.Facts;

    /// <inheritdoc/>
    public override bool HasValidation => _opened.ValidationCount > 0;

    /// <inheritdoc/>
    public override IExamples<TWanted>? Examples<TWanted>(Split split)
    {
        if (split == Split.Validation && !HasValidation)
            return null;
        if (_opened.Examples(split) is IExamples<TWanted> examples)
            return examples;
        return typeof(TWanted) == typeof(TokenBlock) && _model is ILearnsFromTokens form && _settings.Tokenizer is not null
            ? Packed(split, form) as IExamples<TWanted>
            : null;
    }

    /// <inheritdoc/>
    public override IBatchSource Batches(Split split) => Own(split, split);

    /// <inheritdoc/>
    public override IBatchSource InOrder(Split split) => Own(split, Split.Validation);

    /// <inheritdoc/>
    public override IRunData InOrder() => new Ordered(this);

    /// <inheritdoc/>
    public override IBatchSource Batches<TWanted>(Split split, ICollate<TWanted> collate)
    {
        ArgumentNullException.ThrowIfNull(collate);
        return Batches(split, split, collate);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        lock (_lock)
        {
            foreach (TokenStore store in _tokens.Values)
                store.Dispose();
            _tokens.Clear();
        }
    }

    private IBatchSource Own(Split split, Split prepared)
    {
        if (_model is ILearnsFromTokens tokens && typeof(TExample) == typeof(TextExample))
            return Batches<TokenBlock>(split, prepared, tokens);
        if (_settings.Packing)
        {
            IPacks<TExample> packs = _model as IPacks<TExample> ?? throw new DataException(
                $"training:packing is true, but {_model?.GetType().Name ?? "a run without a model"} does not pack {typeof(TExample).Name}. Set it to false.");
            return new BatchSource<PackedRow<TExample>>(Rows(split, packs), new PackedRowCollate<TExample>(packs), prepared, _settings);
        }

        if (_model is ICollate<TExample> collate)
            return Batches(split, prepared, collate);
        throw new InvalidOperationException(_model is null
            ? "The run has no model that makes batches; give Batches a collate function."
            : _opened.Objection(_model.GetType()));
    }

    private BatchSource<TWanted> Batches<TWanted>(Split split, Split prepared, ICollate<TWanted> collate) where TWanted : Example
    {
        if (split == Split.Validation && !HasValidation)
            throw new InvalidOperationException("The run has no validation data: validation:share is 0, and the data has no split of its own.");
        IExamples<TWanted>? examples = _opened.Examples(split) as IExamples<TWanted>;
        if (examples is null && typeof(TWanted) == typeof(TokenBlock) && (collate as ILearnsFromTokens ?? _model as ILearnsFromTokens) is { } form)
            examples = Packed(split, form) as IExamples<TWanted>;
        return examples is null
            ? throw new InvalidOperationException(
                $"The data '{_opened.Settings.Name}' yields {typeof(TExample).Name}; batches of {typeof(TWanted).Name} were asked for. Choose data of that kind.")
            : new BatchSource<TWanted>(examples, collate, prepared, _settings);
    }

    // The examples are tokenized once for their lengths, and again where they are used: lengths are what fits in memory.
    private PackedRows<TExample> Rows(Split split, IPacks<TExample> packs)
    {
        lock (_lock)
        {
            if (!_rows.TryGetValue(split, out PackedRows<TExample>? rows))
            {
                IExamples<TExample> examples = _opened.Examples(split)
                    ?? throw new InvalidOperationException("The run has no validation data: validation:share is 0, and the data has no split of its own.");
                _opened.Settings.Status("packing examples");
                _rows[split] = rows = PackedRows<TExample>.Of(examples, packs, _settings.Tokenizer, _settings.Random.Fork("packing"));
            }

            return rows;
        }
    }

    // Null when the data is no text.
    private PackedTokens? Packed(Split split, ILearnsFromTokens form)
    {
        if (_opened.Examples(split) is not IExamples<TextExample> texts)
            return null;
        if (_settings.Tokenizer is not { } tokenizer)
            throw new InvalidOperationException($"The data '{_opened.Settings.Name}' yields text and the model learns from tokens, but the run has no tokenizer. Add the section 'tokenizer' to the recipe.");
        lock (_lock)
        {
            if (!_tokens.TryGetValue(split, out TokenStore? store))
            {
                string? key = Facts.Fingerprint is { } fingerprint ? CacheFolder.Fingerprint([fingerprint, _opened.SplitKey, split.ToString()]) : null;
                OpenedDataSettings settings = _opened.Settings;
                store = _tokens[split] = TokenStore.Open(texts, tokenizer, key, settings.Cache, settings.Status, settings.Stop);
            }

            return new PackedTokens(store, form.BlockLength, form.BlockOverlap, split == Split.Train ? "training text" : "validation text");
        }
    }

    private sealed class Ordered(RunData<TExample> data) : IRunData
    {
        public DataFacts Facts => data.Facts;

        public IExamples<TWanted>? Examples<TWanted>(Split split) where TWanted : Example => data.Examples<TWanted>(split);

        public IBatchSource Batches(Split split) => data.InOrder(split);

        public IBatchSource Batches<TWanted>(Split split, ICollate<TWanted> collate) where TWanted : Example =>
            data.Batches(split, Split.Validation, collate);
    }
}
