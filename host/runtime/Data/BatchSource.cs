using Tenon.Host.Recipes;
using TorchSharp;

namespace Tenon.Host.Data;

/// <summary>Settings for all batches of a split.</summary>
internal sealed record BatchSettings
{
    /// <summary>Examples in each batch, at least 1.</summary>
    public required int BatchSize { get; init; }

    /// <summary>Target device of batches.</summary>
    public required torch.Device Device { get; init; }

    /// <summary>The root of the run's random numbers.</summary>
    public required SeededRandom Random { get; init; }

    /// <summary>The run's tokenizer, or null.</summary>
    public ITokenizer? Tokenizer { get; init; }

    /// <summary>Whether prompts that leave no room for a response are truncated.</summary>
    public bool TruncatePrompts { get; init; }

    /// <summary>
    /// Whether several examples share a row in batches for the model's own objective (<see cref="IPacks{TExample}"/>).
    /// </summary>
    public bool Packing { get; init; }

    /// <summary>Returns the settings of a recipe.</summary>
    /// <param name="recipe">A checked recipe.</param>
    /// <param name="device">Target device of batches.</param>
    /// <param name="tokenizer">The run's tokenizer, or null.</param>
    public static BatchSettings Of(Recipe recipe, torch.Device device, ITokenizer? tokenizer) => new()
    {
        BatchSize = recipe.Training.BatchSize,
        Device = device,
        Random = new SeededRandom((ulong)recipe.Seed),
        Tokenizer = tokenizer,
        Packing = recipe.Training.Packing,
        TruncatePrompts = DataPolicy.Of(recipe.Data).LongPrompts == LongPrompts.Truncate,
    };
}

/// <summary>
/// Batches as functions of seed and index. In training, every pass is shuffled differently and all batches are full: the last one
/// is filled up with examples from the start of the pass. In validation, each example occurs once, in order, and the last batch may
/// be smaller; further passes repeat the first. Thread-safe.
/// </summary>
/// <typeparam name="TExample">The type of example.</typeparam>
internal sealed class BatchSource<TExample> : IBatchSource where TExample : Example
{
    private readonly IExamples<TExample> _examples;
    private readonly ICollate<TExample> _collate;
    private readonly BatchSettings _settings;
    private readonly bool _training;
    private readonly SeededRandom _order;
    private readonly SeededRandom _batch;

    /// <summary>Creates the source.</summary>
    /// <param name="examples">At least one.</param>
    /// <param name="collate">Creates the batches.</param>
    /// <param name="split">Whether to shuffle.</param>
    /// <param name="settings">Size, device, randomness.</param>
    public BatchSource(IExamples<TExample> examples, ICollate<TExample> collate, Split split, BatchSettings settings)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(settings.BatchSize, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(examples.Count, 1);
        (_examples, _collate, _settings) = (examples, collate, settings);
        _training = split == Split.Train;
        _order = settings.Random.Fork("order");
        _batch = settings.Random.Fork(_training ? "batch" : "validation batch");
        BatchesPerEpoch = (examples.Count - 1) / settings.BatchSize + 1;
    }

    /// <inheritdoc/>
    public int BatchSize => _settings.BatchSize;

    /// <inheritdoc/>
    public long BatchesPerEpoch { get; }

    /// <inheritdoc/>
    public Batch Get(long index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        (long epoch, long place) = Math.DivRem(index, BatchesPerEpoch);
        long start = place * BatchSize;
        Permutation? order = _training ? new Permutation(_examples.Count, _order.Fork(epoch)) : null;
        long count = order is null ? Math.Min(BatchSize, _examples.Count - start) : BatchSize;
        var examples = new TExample[count];
        // On all cores, because reading an example may mean decoding an image.
        Workers.For(count, i => examples[i] = _examples[order is null ? start + i : order[(start + i) % _examples.Count]]);

        // Validation prepares a batch in the same way in each pass, so that losses are comparable between passes.
        SeededRandom random = _batch.Fork(_training ? index : place);
        Batch batch = _collate.Collate(examples,
            new CollateContext(random, _training, _settings.Tokenizer) { TruncatePrompts = _settings.TruncatePrompts });
        try
        {
            return batch.To(_settings.Device);
        }
        catch
        {
            batch.Dispose();
            throw;
        }
    }
}
