using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Tenon;

[assembly: Plugin("template._1", "My data")]

namespace Template._1;

/// <summary>Options of the data, set in the <c>data</c> section of a recipe.</summary>
public sealed record SumsOptions
{
    /// <summary>The largest summand.</summary>
    [Range(1, 10_000)]
    public int Largest { get; init; } = 60;

    /// <summary>One in this many sums is held out for validation.</summary>
    [Range(2, 1000)]
    public int HoldOutEvery { get; init; } = 10;
}

/// <summary>All sums of two numbers as lines of text: <c>7 + 35 = 42</c>. Examples are created on access.</summary>
[Data("template-1", "Sums of two numbers as text", Stability = Stability.Experimental)]
public sealed class Sums : IData<SumsOptions, TextExample>
{
    /// <inheritdoc/>
    public IDataset<TextExample> Open(SumsOptions options, DataContext context) => new Dataset(options, context.Random);

    private sealed class Dataset : IDataset<TextExample>
    {
        public Dataset(SumsOptions options, SeededRandom random)
        {
            int side = options.Largest + 1;
            int[] order = [.. Enumerable.Range(0, side * side)];
            random.Shuffle<int>(order);
            Train = new Lines([.. order.Where((_, place) => place % options.HoldOutEvery != 0)], side);
            Validation = new Lines([.. order.Where((_, place) => place % options.HoldOutEvery == 0)], side);
            Facts = new DataFacts
            {
                Summary = string.Create(
                    CultureInfo.InvariantCulture,
                    $"{order.Length:N0} sums of numbers to {options.Largest}, {Validation.Count:N0} held out"),
                Fingerprint = CacheFolder.Fingerprint(["sums", $"{options}", $"{random.Seed}"]),
            };
        }

        public DataFacts Facts { get; }

        public IExamples<TextExample> Train { get; }

        public IExamples<TextExample> Validation { get; }

        public void Dispose()
        {
            // There is nothing to release.
        }
    }

    private sealed class Lines(int[] pairs, int side) : IExamples<TextExample>
    {
        public long Count => pairs.Length;

        public TextExample this[long index]
        {
            get
            {
                ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((ulong)index, (ulong)Count, nameof(index));
                (int a, int b) = (pairs[index] / side, pairs[index] % side);
                return new TextExample(string.Create(CultureInfo.InvariantCulture, $"{a} + {b} = {a + b}\n"));
            }
        }
    }
}
