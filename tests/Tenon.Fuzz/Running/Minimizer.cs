using System.Diagnostics;

namespace Tenon.Fuzz.Running;

/// <summary>Shortens an input while its reader fails in the same way (Zeller and Hildebrandt 2002, "Simplifying and Isolating
/// Failure-Inducing Input").</summary>
/// <param name="fails">Returns whether an input still fails in the same way.</param>
/// <param name="limit">Time after which the shortest input so far is returned.</param>
internal sealed class Minimizer(Func<byte[], bool> fails, TimeSpan limit)
{
    /// <summary>Returns the shortest input that was found.</summary>
    /// <param name="input">An input that fails.</param>
    public byte[] Minimize(byte[] input)
    {
        long start = Stopwatch.GetTimestamp();
        byte[] shortest = input;
        for (int part = Math.Max(1, input.Length / 2); part >= 1; part /= 2)
        {
            for (int at = 0; at < shortest.Length;)
            {
                if (Stopwatch.GetElapsedTime(start) > limit)
                    return shortest;
                byte[] candidate = [.. shortest[..at], .. shortest[Math.Min(at + part, shortest.Length)..]];
                if (fails(candidate))
                    shortest = candidate;
                else
                    at += part;
            }
        }

        return shortest;
    }
}
