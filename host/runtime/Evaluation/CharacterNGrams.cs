using System.Runtime.InteropServices;

namespace Tenon.Host.Evaluation;

/// <summary>Counts the character n-grams of texts.</summary>
internal static class CharacterNGrams
{
    /// <summary>Returns how often each sequence of <paramref name="n"/> characters occurs in a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="n">Length of a sequence.</param>
    public static Dictionary<string, int> Count(string text, int n)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int i = 0; i + n <= text.Length; i++)
            CollectionsMarshal.GetValueRefOrAddDefault(counts, text.Substring(i, n), out _)++;
        return counts;
    }
}
