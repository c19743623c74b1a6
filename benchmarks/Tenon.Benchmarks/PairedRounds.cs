using System.Globalization;

namespace Tenon.Benchmarks;

/// <summary>Measures two variants in turns, such as Tenon and another program.</summary>
internal static class PairedRounds
{
    /// <summary>Measures both in each round.</summary>
    /// <typeparam name="T">What is measured.</typeparam>
    /// <param name="rounds">Number of rounds.</param>
    /// <param name="title">What is measured, for the log.</param>
    /// <param name="own">Measures the first variant.</param>
    /// <param name="other">Measures the one that it is compared with.</param>
    public static List<(T Own, T Other)> Measure<T>(int rounds, string title, Func<T> own, Func<T> other)
    {
        var measured = new List<(T Own, T Other)>();
        for (int round = 0; round < rounds; round++)
        {
            // Neither program always runs first, in case the machine speeds up or slows down.
            bool othersFirst = round % 2 == 1;
            T first = othersFirst ? other() : own(), second = othersFirst ? own() : other();
            measured.Add(othersFirst ? (second, first) : (first, second));
            Console.Error.WriteLine($"round {round + 1} of {rounds}: {title} {measured[^1]}");
        }

        return measured;
    }

    /// <summary>Returns the medians of both and of their ratio, as cells of a table.</summary>
    /// <typeparam name="T">What was measured.</typeparam>
    /// <param name="rounds">The rounds.</param>
    /// <param name="of">The number.</param>
    /// <param name="format">Its format.</param>
    public static string[] Cells<T>(IReadOnlyList<(T Own, T Other)> rounds, Func<T, double> of, string format)
    {
        return
        [
            Middle(round => of(round.Own)).ToString(format, CultureInfo.InvariantCulture),
            Middle(round => of(round.Other)).ToString(format, CultureInfo.InvariantCulture),
            Middle(round => of(round.Own) / of(round.Other)).ToString("F2", CultureInfo.InvariantCulture),
        ];

        double Middle(Func<(T Own, T Other), double> value) => CaseResult.Middle([.. rounds.Select(value)]);
    }
}
