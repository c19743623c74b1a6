namespace Tenon.Host.Models;

/// <summary>
/// Computes a result per text, in an order in which texts of similar length are neighbors, which wastes the least padding in a
/// batch. Results are returned in the original order of the texts.
/// </summary>
internal static class SimilarLengths
{
    // Limits the number of results in memory.
    private const int Window = 4096;

    /// <summary>Computes the results during enumeration.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="results">Returns a result per text, in order, for texts sorted by length.</param>
    public static IEnumerable<TResult> Map<TResult>(IEnumerable<string> texts, Func<string[], IEnumerable<TResult>> results)
    {
        foreach (string[] window in texts.Chunk(Window))
        {
            int[] order = [.. Enumerable.Range(0, window.Length).OrderBy(index => window[index].Length)];
            var sorted = new TResult[window.Length];
            int next = 0;
            foreach (TResult result in results([.. order.Select(index => window[index])]))
                sorted[order[next++]] = result;
            foreach (TResult result in sorted)
                yield return result;
        }
    }
}
