namespace Tenon.Host.Data;

/// <summary>A run's data as a strategy sees it. Owns the token files that it creates.</summary>
/// <param name="opened">The data.</param>
/// <param name="model">Collates batches for its own objective; null if a strategy creates its own.</param>
/// <param name="settings">Size, device, randomness, tokenizer.</param>
internal sealed class RunData(OpenedData opened, IModel? model, BatchSettings settings) : IRunData, IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<Split, TokenStore> _tokens = [];
    private readonly Dictionary<Split, PackedRows> _rows = [];

    /// <inheritdoc/>
    public DataFacts Facts => opened.Facts;

    /// <summary>Whether there are validation examples.</summary>
    public bool HasValidation => opened.ValidationCount > 0;

    /// <inheritdoc/>
    public IExamples<TExample>? Examples<TExample>(Split split) where TExample : Example
    {
        if (opened.Examples<TExample>(split) is { } examples)
            return examples;
        bool areBlocks = typeof(TExample) == typeof(TokenBlock) && opened.IsPackedFor(model) && settings.Tokenizer is not null;
        return areBlocks ? Blocks(split, (ILearnsFromTokens)model!) as IExamples<TExample> : null;
    }

    /// <inheritdoc/>
    public IBatchSource Batches(Split split) => Own(split, split);

    /// <inheritdoc/>
    public IBatchSource Batches<TExample>(Split split, ICollate<TExample> collate) where TExample : Example
    {
        ArgumentNullException.ThrowIfNull(collate);
        return Batches(split, split, collate);
    }

    /// <summary>
    /// Batches for the model's own objective that contain each example once, in order, and prepared as for validation; available
    /// for either split.
    /// </summary>
    /// <param name="split">The split.</param>
    public IBatchSource InOrder(Split split) => Own(split, Split.Validation);

    /// <summary>Returns the same data with the batches of either split in order and prepared as for validation.</summary>
    public IRunData InOrder() => new Ordered(this);

    /// <summary>Closes the token files.</summary>
    public void Dispose()
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
        if (model is null)
            throw new InvalidOperationException("The run has no model that can collate batches; pass a collate function to Batches.");
        if (opened.IsPackedFor(model))
            return Batches<TokenBlock>(split, prepared, (ILearnsFromTokens)model);
        if (settings.Packing)
        {
            IPacks<Example> packs = opened.PacksOf(model) ?? throw new DataException(
                $"training:packing is true, but {model.GetType().Name} does not pack {opened.ExampleType.Name}. Set it to false.");
            return new BatchSource<PackedRow>(Rows(split, packs), new PackedRowCollate(packs), prepared, settings);
        }

        return opened.CollateOf(model) is { } collate
            ? Batches(split, prepared, collate) : throw new InvalidOperationException(opened.UnsupportedReason(model));
    }

    private BatchSource<TExample> Batches<TExample>(Split split, Split prepared, ICollate<TExample> collate) where TExample : Example
    {
        IExamples<TExample>? examples = Given<TExample>(split);
        if (examples is null && typeof(TExample) == typeof(TokenBlock)
            && (collate as ILearnsFromTokens ?? model as ILearnsFromTokens) is { } form)
            examples = Blocks(split, form) as IExamples<TExample>;
        return examples is null
            ? throw new InvalidOperationException(
                $"The data '{opened.Settings.Name}' yields {opened.ExampleType.Name}; batches of {typeof(TExample).Name} were " +
                "requested. Use data of that type.")
            : new BatchSource<TExample>(examples, collate, prepared, settings);
    }

    // Null if the data has a different type of example.
    private IExamples<TExample>? Given<TExample>(Split split) where TExample : Example => split == Split.Train || HasValidation
        ? opened.Examples<TExample>(split)
        : throw new InvalidOperationException("The run has no validation data: validation:share is 0, and the data does not define a " +
            "split.");

    // The examples are tokenized once for their lengths and again when they are used, because only the lengths fit in memory.
    private PackedRows Rows(Split split, IPacks<Example> packs)
    {
        lock (_lock)
        {
            if (!_rows.TryGetValue(split, out PackedRows? rows))
            {
                IExamples<Example> examples = Given<Example>(split)!;
                opened.Settings.Status("packing examples");
                _rows[split] = rows = PackedRows.Of(examples, packs, settings.Tokenizer, settings.Random.Fork("packing"));
            }

            return rows;
        }
    }

    // Null if the data is not text, or there is no validation data.
    private PackedTokens? Blocks(Split split, ILearnsFromTokens form)
    {
        if (opened.Examples<TextExample>(split) is not { } texts)
            return null;
        if (settings.Tokenizer is not { } tokenizer)
            throw new InvalidOperationException($"The data '{opened.Settings.Name}' yields text and the model learns from tokens, but " +
                "the run has no tokenizer. Add the section 'tokenizer' to the recipe.");
        lock (_lock)
        {
            if (!_tokens.TryGetValue(split, out TokenStore? store))
            {
                string? key = Facts.Fingerprint is { } fingerprint
                    ? CacheFolder.Fingerprint([fingerprint, opened.SplitKey, split.ToString()]) : null;
                OpenedDataSettings data = opened.Settings;
                store = _tokens[split] = TokenStore.Open(texts, tokenizer, key, data.Cache, data.Status, data.Warn, data.Stop);
            }

            return new PackedTokens(store, form.BlockLength, form.BlockOverlap, split == Split.Train ? "training text" : "validation text");
        }
    }

    private sealed class Ordered(RunData data) : IRunData
    {
        public DataFacts Facts => data.Facts;

        public IExamples<TExample>? Examples<TExample>(Split split) where TExample : Example => data.Examples<TExample>(split);

        public IBatchSource Batches(Split split) => data.InOrder(split);

        public IBatchSource Batches<TExample>(Split split, ICollate<TExample> collate) where TExample : Example =>
            data.Batches(split, Split.Validation, collate);
    }
}
