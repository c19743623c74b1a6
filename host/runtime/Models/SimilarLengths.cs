namespace Tenon.Host.Models;

/// <summary>
/// Computes a result per input, in an order in which inputs of similar length are neighbors, which wastes the least padding in a
/// batch. Results are returned in the original order of the inputs.
/// </summary>
internal static class SimilarLengths
{
    // Limits the number of results in memory.
    private const int Window = 4096;

    /// <summary>Computes the results during enumeration.</summary>
    /// <param name="inputs">The inputs.</param>
    /// <param name="length">The length of an input.</param>
    /// <param name="results">Returns a result per input, in order, for inputs in the order of falling length.</param>
    public static IEnumerable<TResult> Map<TInput, TResult>(
        IEnumerable<TInput> inputs, Func<TInput, int> length, Func<TInput[], IEnumerable<TResult>> results)
    {
        foreach (TInput[] window in inputs.Chunk(Window))
        {
            // The longest come first, so that the memory of each batch suffices for the next ones.
            int[] order = [.. Enumerable.Range(0, window.Length).OrderByDescending(index => length(window[index]))];
            var sorted = new TResult[window.Length];
            int next = 0;
            foreach (TResult result in results([.. order.Select(index => window[index])]))
                sorted[order[next++]] = result;
            foreach (TResult result in sorted)
                yield return result;
        }
    }
}
