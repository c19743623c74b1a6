namespace Tenon.Layers;

/// <summary>The classes of a model and the labels of its examples.</summary>
public static class ClassLabels
{
    /// <summary>The names of a model's classes: the data's, or its own if the data has none.</summary>
    /// <param name="own">The names in the recipe or checkpoint; or null.</param>
    /// <param name="data">The names in the data; empty if it has none.</param>
    /// <param name="head">What needs them, for the message: <c>the head 'sequence-classification'</c>.</param>
    /// <exception cref="ModelException">There are fewer than 2 classes, or both name the same classes in a different order.</exception>
    public static IReadOnlyList<string> Resolve(IReadOnlyList<string>? own, IReadOnlyList<string> data, string head)
    {
        ArgumentNullException.ThrowIfNull(data);
        IReadOnlyList<string> labels = data.Count > 0 ? data : own ?? [];
        if (labels.Count < 2)
        {
            throw new ModelException(
                $"{char.ToUpperInvariant(head[0])}{head[1..]} needs at least 2 classes, " +
                $"but {(data.Count > 0 ? "the data" : "'labels'")} names {labels.Count}. " +
                "Use data with classes, or list their names in 'labels'.");
        }

        if (own is not null && !own.SequenceEqual(labels)
            && own.Order(StringComparer.Ordinal).SequenceEqual(labels.Order(StringComparer.Ordinal)))
        {
            throw new ModelException(
                $"The model's classes are {string.Join(", ", own)}, " +
                $"but the data has them in a different order: {string.Join(", ", labels)}. " +
                "Use the model's order in the data.");
        }

        return labels;
    }

    /// <summary>Returns the labels of a batch after checking them.</summary>
    /// <param name="labels">One for each example.</param>
    /// <param name="classes">Names of the model's classes.</param>
    /// <param name="training">Whether each example must have a label.</param>
    /// <returns>The labels; null if none is required and no example has one.</returns>
    /// <exception cref="DataException">A label is missing or out of range.</exception>
    public static long[]? Check(IReadOnlyList<int?> labels, IReadOnlyList<string> classes, bool training)
    {
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(classes);
        if (!training && labels.All(label => label is null))
            return null;
        return [.. labels.Select(label => label switch
        {
            null => throw new DataException("An example has no label, but the model learns classes. Label it, or remove it."),
            { } given when given < 0 || given >= classes.Count => throw new DataException(
                $"An example has the label {given}, but the model has {classes.Count} classes: " +
                $"{string.Join(", ", classes.Index().Select(c => $"{c.Index} {c.Item}"))}."),
            { } given => (long)given,
        })];
    }
}
