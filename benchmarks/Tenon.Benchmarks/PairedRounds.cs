namespace Tenon.Benchmarks;

/// <summary>Measures Tenon and another program in turns.</summary>
internal static class PairedRounds
{
    /// <summary>Measures both in each round.</summary>
    /// <typeparam name="T">What is measured.</typeparam>
    /// <param name="rounds">Number of rounds.</param>
    /// <param name="title">What is measured, for the log.</param>
    /// <param name="own">Measures Tenon.</param>
    /// <param name="other">Measures the other program.</param>
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
}
