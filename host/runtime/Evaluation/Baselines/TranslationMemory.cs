namespace Tenon.Host.Evaluation.Baselines;

/// <summary>Translates a text with the translation of the most similar training source: a baseline without learning.</summary>
/// <param name="known">Training sources with their translations, at least one.</param>
internal sealed class TranslationMemory(IReadOnlyList<(string Source, string Target)> known)
{
    /// <summary>The number of characters of a text that are compared.</summary>
    public const int Compared = 400;

    private readonly string[] _sources = [.. known.Select(pair => Start(pair.Source))];

    /// <summary>Returns the translation of the most similar source, and its similarity; of equally similar ones, the first.</summary>
    /// <param name="source">The text to translate.</param>
    /// <returns>The translation and the similarity from 0 to 1, 1 for equal sources (<see cref="EditDistance.Similarity"/>).</returns>
    public (string Translation, double Similarity) Find(string source)
    {
        string text = Start(source);
        var distance = new EditDistance(text);
        (int best, double highest) = (0, -1);
        foreach ((int index, string other) in _sources.Index())
        {
            // Texts of very different lengths cannot be more similar.
            int longest = Math.Max(text.Length, other.Length);
            if (longest > 0 && 1 - (double)Math.Abs(text.Length - other.Length) / longest <= highest)
                continue;
            double similarity = distance.Similarity(other);
            if (similarity > highest)
                (best, highest) = (index, similarity);
        }

        return (known[best].Target, highest);
    }

    private static string Start(string text) => text.Length <= Compared ? text : text[..Compared];
}
