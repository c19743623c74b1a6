namespace Tenon.Host.Evaluation;

/// <summary>
/// Entities found among those that there are. An entity counts when its words and its kind are exactly right (Tjong Kim
/// Sang and De Meulder 2003, section 2.4). Tags are <c>O</c>, <c>B-kind</c> and <c>I-kind</c>; as in the paper's own
/// program, an <c>I-</c> behind another kind or behind <c>O</c> begins an entity too.
/// </summary>
internal sealed class EntityCounts
{
    private const string Outside = "O";
    private long _actual;
    private long _predicted;
    private long _right;

    /// <summary>Whether classes are such tags.</summary>
    /// <param name="labels">Names of the classes.</param>
    public static bool AreEntityTags(IReadOnlyList<string> labels) =>
        labels.Contains(Outside, StringComparer.Ordinal)
        && labels.All(label => label == Outside || (label.Length > 2 && label[0] is 'B' or 'I' && label[1] == '-'));

    /// <summary>The figures.</summary>
    public EntityFigures Figures => new(_actual, Share(_right, _predicted), Share(_right, _actual), Share(2 * _right, _actual + _predicted));

    /// <summary>Counts a sentence.</summary>
    /// <param name="actual">The tags that its words have.</param>
    /// <param name="predicted">Those that were predicted.</param>
    public void Add(IReadOnlyList<string> actual, IReadOnlyList<string> predicted)
    {
        HashSet<(int, int, string)> there = [.. Entities(actual)];
        HashSet<(int, int, string)> found = [.. Entities(predicted)];
        _actual += there.Count;
        _predicted += found.Count;
        _right += there.Intersect(found).Count();
    }

    /// <summary>The entities in tags: first word, word behind the last, kind.</summary>
    /// <param name="tags">Of a sentence.</param>
    internal static IEnumerable<(int Start, int End, string Kind)> Entities(IReadOnlyList<string> tags)
    {
        int start = -1;
        string kind = "";
        for (int i = 0; i <= tags.Count; i++)
        {
            string tag = i < tags.Count ? tags[i] : Outside;
            bool continues = start >= 0 && tag[0] == 'I' && tag[2..] == kind;
            if (continues)
                continue;
            if (start >= 0)
                yield return (start, i, kind);
            (start, kind) = tag == Outside ? (-1, "") : (i, tag[2..]);
        }
    }

    private static double Share(long part, long whole) => whole == 0 ? 0 : part / (double)whole;
}

/// <summary>How well entities were found.</summary>
/// <param name="Entities">That there are.</param>
/// <param name="Precision">Share of those found that are right.</param>
/// <param name="Recall">Share of those that there are that were found.</param>
/// <param name="F1">Harmonic mean of the two, over all kinds together.</param>
public sealed record EntityFigures(long Entities, double Precision, double Recall, double F1);
