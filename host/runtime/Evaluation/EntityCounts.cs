namespace Tenon.Host.Evaluation;

/// <summary>
/// Counts correct, predicted and actual entities. An entity is correct if its words and its type match exactly (Tjong Kim Sang and
/// De Meulder 2003, section 2.4). Tags are <c>O</c>, <c>B-type</c> and <c>I-type</c>; as in the paper's scorer, an <c>I-</c> tag
/// after another type or after <c>O</c> also begins an entity.
/// </summary>
internal sealed class EntityCounts
{
    private const string Outside = "O";
    private long _actual;
    private long _predicted;
    private long _right;

    /// <summary>Returns whether classes are BIO tags.</summary>
    /// <param name="labels">Names of the classes.</param>
    public static bool AreEntityTags(IReadOnlyList<string> labels) =>
        labels.Contains(Outside, StringComparer.Ordinal)
        && labels.All(label => label == Outside || (label.Length > 2 && label[0] is 'B' or 'I' && label[1] == '-'));

    /// <summary>Precision, recall and F1.</summary>
    public EntityFigures Figures =>
        new(_actual, Share(_right, _predicted), Share(_right, _actual), Share(2 * _right, _actual + _predicted));

    /// <summary>Counts a sentence.</summary>
    /// <param name="actual">The true tags of its words.</param>
    /// <param name="predicted">The predicted tags.</param>
    public void Add(IReadOnlyList<string> actual, IReadOnlyList<string> predicted)
    {
        HashSet<(int, int, string)> there = [.. Entities(actual)];
        HashSet<(int, int, string)> found = [.. Entities(predicted)];
        _actual += there.Count;
        _predicted += found.Count;
        _right += there.Intersect(found).Count();
    }

    /// <summary>Counts entities that the model cannot find.</summary>
    /// <param name="count">Number of entities.</param>
    public void AddMissed(long count) => _actual += count;

    /// <summary>Returns the entities in a sequence of tags: first word, end (exclusive), type.</summary>
    /// <param name="tags">The tags of a sentence.</param>
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

/// <summary>Metrics of entity recognition.</summary>
/// <param name="Entities">Number of actual entities.</param>
/// <param name="Precision">Share of the predicted entities that are correct.</param>
/// <param name="Recall">Share of the actual entities that were predicted.</param>
/// <param name="F1">Harmonic mean of precision and recall, over all types together (micro).</param>
public sealed record EntityFigures(long Entities, double Precision, double Recall, double F1);
