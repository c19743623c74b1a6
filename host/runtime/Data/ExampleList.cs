namespace Tenon.Host.Data;

/// <summary>Reads all examples of a split one after the other.</summary>
internal static class ExampleList
{
    /// <summary>Returns all examples, read lazily; each enumeration starts at the beginning.</summary>
    /// <param name="examples">The examples.</param>
    public static IEnumerable<TExample> All<TExample>(this IExamples<TExample> examples) where TExample : Example
    {
        for (long i = 0; i < examples.Count; i++)
            yield return examples[i];
    }
}
