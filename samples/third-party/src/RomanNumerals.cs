using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Tenon;

namespace Contoso.Characters;

/// <summary>Options of <see cref="RomanNumerals"/>.</summary>
public sealed record RomanNumeralsOptions
{
    /// <summary>The largest number.</summary>
    [Range(10, 3999)]
    public int Largest { get; init; } = 3999;
}

/// <summary>Numbers with their Roman numerals as lines of text: <c>1994 = MCMXCIV</c>. Every tenth is held out.</summary>
[Data("roman-numerals", "Numbers and their Roman numerals as text", Stability = Stability.Preview, TestSettings = ["largest=300"])]
public sealed class RomanNumerals : IData<RomanNumeralsOptions, TextExample>
{
    private static readonly (int Value, string Letters)[] Parts =
    [
        (1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL"), (10, "X"), (9, "IX"),
            (5, "V"), (4, "IV"), (1, "I"),
    ];

    /// <summary>A number in Roman numerals.</summary>
    /// <param name="number">In [1, 3999].</param>
    public static string Numeral(int number)
    {
        string numeral = "";
        foreach ((int value, string letters) in Parts)
        {
            for (; number >= value; number -= value)
                numeral += letters;
        }

        return numeral;
    }

    /// <inheritdoc/>
    public IDataset<TextExample> Open(RomanNumeralsOptions options, DataContext context) => new Numerals(options.Largest);

    private sealed class Numerals(int largest) : IDataset<TextExample>
    {
        public DataFacts Facts { get; } = new()
        {
            Summary = string.Create(CultureInfo.InvariantCulture, $"{largest:N0} Roman numerals, every tenth held out"),
            Fingerprint = CacheFolder.Fingerprint(["roman-numerals", $"{largest}"]),
        };

        public IExamples<TextExample> Train { get; } = new Lines([.. Enumerable.Range(1, largest).Where(n => n % 10 != 0)]);

        public IExamples<TextExample> Validation { get; } = new Lines([.. Enumerable.Range(1, largest).Where(n => n % 10 == 0)]);

        public void Dispose()
        {
            // Nothing to release.
        }
    }

    private sealed class Lines(int[] numbers) : IExamples<TextExample>
    {
        public long Count => numbers.Length;

        public TextExample this[long index]
        {
            get
            {
                ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((ulong)index, (ulong)Count, nameof(index));
                return new TextExample(string.Create(CultureInfo.InvariantCulture, $"{numbers[index]} = {Numeral(numbers[index])}\n"));
            }
        }
    }
}
