using System.Collections.Concurrent;
using System.Globalization;

namespace Tenon.Host.Data;

/// <summary>
/// Reads every example once and lets the model collate it, so that everything that cannot be used is known before the first step.
/// Texts that the host packs are only read. Runs in parallel, with only a few examples in memory at a time.
/// </summary>
/// <param name="data">The data.</param>
/// <param name="model">Collates the examples; null to only read them.</param>
/// <param name="tokenizer">The run's tokenizer, or null.</param>
/// <param name="truncatePrompts">Whether prompts that leave no room for a response are truncated.</param>
internal sealed class DataCheck(OpenedData data, IModel? model, ITokenizer? tokenizer, bool truncatePrompts)
{
    private const int AtOnce = 32;

    // Images of one size can only have faults that reading them finds.
    private readonly ICollate<Example>? _collate =
        model is null || data.IsPackedFor(model) || data.Facts.ImageSize is not null ? null : data.CollateOf(model);

    /// <summary>Reads the examples of some splits.</summary>
    /// <param name="splits">The splits. With both, validation examples are also searched for in the training data.</param>
    /// <param name="status">Receives progress.</param>
    /// <param name="stop">Cancels the work.</param>
    public DataFindings Run(IReadOnlyList<Split> splits, Action<string> status, CancellationToken stop)
    {
        var unusable = new ConcurrentBag<UnusableExample>();
        var held = new ConcurrentDictionary<UInt128, long>();
        var shared = new ConcurrentDictionary<UInt128, long>();
        var images = new ImageCopies();
        long[] truncated = new long[2];
        bool both = splits.Count > 1 && data.ValidationCount > 0;
        foreach (Split split in splits.OrderDescending()) // validation first: its content is then searched for in the training data
        {
            if (data.Examples<Example>(split) is { } examples)
                Read(split, examples);
        }

        (long copies, long otherClass, (long Copy, long Earlier)? copy) = images.Find();
        long[] first = [.. shared.OrderBy(same => held[same.Key]).Take(1).SelectMany(same => new[] { held[same.Key], same.Value })];
        return new DataFindings
        {
            Training = splits.Contains(Split.Train) ? data.TrainCount : 0,
            Validation = splits.Contains(Split.Validation) ? data.ValidationCount : 0,
            Unusable = [.. unusable.OrderBy(example => example.Split).ThenBy(example => example.Index)],
            TruncatedTraining = truncated[(int)Split.Train],
            TruncatedValidation = truncated[(int)Split.Validation],
            Shared = both ? Copies() : 0,
            Copies = copies,
            CopiesOfAnotherClass = otherClass,
            FirstCopy = copy is { } pair ? new SharedContent(Origin(Split.Train, pair.Copy), Origin(Split.Train, pair.Earlier)) : null,
            FirstShared = first is [var validation, var training]
                ? new SharedContent(Origin(Split.Validation, validation), Origin(Split.Train, training)) : null,
        };

        void Read(Split split, IExamples<Example> examples)
        {
            long done = 0;
            long count = examples.Count;
            Workers.For((count - 1) / AtOnce + 1, chunk =>
            {
                List<(long Index, Example Example)> read = [];
                for (long index = chunk * AtOnce; index < Math.Min(count, (chunk + 1) * AtOnce); index++)
                {
                    if (Attempt(split, index, () => examples[index]) is not { } example)
                        continue;
                    read.Add((index, example));
                    bool isLocated = split == Split.Train && example is ImageExample && data.Origin(split, index) is not null;
                    if (!(both || isLocated) || ContentHash.Of(example) is not { } hash)
                        continue;
                    if (both)
                        Note(split, index, hash);
                    if (isLocated)
                        images.Add(hash, index, ((ImageExample)example).Label);
                }

                Interlocked.Add(ref truncated[(int)split], Collate(split, read));
                if (Interlocked.Add(ref done, AtOnce) % (AtOnce * 64) == 0)
                    status(string.Create(CultureInfo.InvariantCulture,
                        $"checking the data: {Math.Min(done, count):N0} of {count:N0} examples"));
            }, stop);
        }

        void Note(Split split, long index, UInt128 hash)
        {
            if (split == Split.Validation)
                held.AddOrUpdate(hash, index, (_, earlier) => Math.Min(earlier, index));
            else if (held.ContainsKey(hash))
                shared.AddOrUpdate(hash, index, (_, earlier) => Math.Min(earlier, index));
        }

        Example? Attempt(Split split, long index, Func<Example> read)
        {
            try
            {
                return read();
            }
            catch (Exception fault) when (fault is DataException or IOException or UnauthorizedAccessException)
            {
                unusable.Add(new UnusableExample(split, index, Origin(split, index), fault.Message, IsLongPrompt: false));
                return null;
            }
        }

        // Together if possible; one by one only to find out which examples cannot be collated.
        long Collate(Split split, List<(long Index, Example Example)> read)
        {
            if (_collate is null || read.Count == 0)
                return 0;
            try
            {
                return Truncated(split, [.. read.Select(one => one.Example)], truncatePrompts);
            }
            catch (DataException fault) when (read is [var (index, example)])
            {
                unusable.Add(new UnusableExample(split, index, Origin(split, index), fault.Message, IsLongPrompt(split, example)));
                return 0;
            }
            catch (DataException)
            {
                return read.Sum(one => Collate(split, [one]));
            }
        }

        // Several validation examples may have the same content.
        long Copies() => shared.IsEmpty ? 0 : Count(data.Examples<Example>(Split.Validation)!, shared);
    }

    private long Truncated(Split split, IReadOnlyList<Example> examples, bool truncate)
    {
        var context = new CollateContext(new SeededRandom(0), Training: split == Split.Train, tokenizer) { TruncatePrompts = truncate };
        using Batch batch = _collate!.Collate(examples, context);
        return batch.Truncated;
    }

    private bool IsLongPrompt(Split split, Example example)
    {
        try
        {
            Truncated(split, [example], truncate: true);
            return !truncatePrompts;
        }
        catch (DataException)
        {
            return false; // it has another fault, which is already known
        }
    }

    private static long Count(IExamples<Example> validation, ConcurrentDictionary<UInt128, long> shared)
    {
        long count = 0;
        for (long index = 0; index < validation.Count; index++)
        {
            try
            {
                if (ContentHash.Of(validation[index]) is { } hash && shared.ContainsKey(hash))
                    count++;
            }
            catch (Exception fault) when (fault is DataException or IOException or UnauthorizedAccessException)
            {
                continue; // already known
            }
        }

        return count;
    }

    private string Origin(Split split, long index) => data.Origin(split, index)
        ?? string.Create(CultureInfo.InvariantCulture, $"{(split == Split.Train ? "training" : "validation")} example {index + 1}");
}
