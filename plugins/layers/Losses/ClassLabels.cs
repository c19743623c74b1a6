namespace Tenon.Layers;

/// <summary>Classes of a model and labels of its examples.</summary>
public static class ClassLabels
{
    /// <summary>The names of a model's classes: the data's, or without any its own.</summary>
    /// <param name="own">As recipe or checkpoint have them; or null.</param>
    /// <param name="data">As the data has them; empty when it has none.</param>
    /// <param name="head">What needs them, for the message: <c>the head 'sequence-classification'</c>.</param>
    /// <exception cref="ModelException">There are fewer than 2, or the two name the same classes in another order.</exception>
    public static IReadOnlyList<string> Resolve(IReadOnlyList<string>? own, IReadOnlyList<string> data, string head)
    {
        ArgumentNullException.ThrowIfNull(data);
        IReadOnlyList<string> labels = data.Count > 0 ? data : own ?? [];
        if (labels.Count < 2)
        {
            throw new ModelException(
                $"{char.ToUpperInvariant(head[0])}{head[1..]} needs at least 2 classes, and {(data.Count > 0 ? "the data" : "'labels'")} names {labels.Count}. " +
                "Use data with classes, or list their names in 'labels'.");
        }

        if (own is not null && !own.SequenceEqual(labels) && own.Order(StringComparer.Ordinal).SequenceEqual(labels.Order(StringComparer.Ordinal)))
        {
            throw new ModelException(
                $"The model's classes are {string.Join(", ", own)}, and the data has the same ones in another order: {string.Join(", ", labels)}. " +
                "Order the data's classes as the model's.");
        }

        return labels;
    }

    /// <summary>The labels of a batch, checked.</summary>
    /// <param name="labels">One for each example.</param>
    /// <param name="classes">Names of the model's classes.</param>
    /// <param name="training">Whether each example needs one.</param>
    /// <returns>The labels; null where none is needed and no example has one.</returns>
    /// <exception cref="DataException">A label is missing or out of range.</exception>
    public static long[]? Check(IReadOnlyList<int?> labels, IReadOnlyList<string> classes, bool training)
    {
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(classes);
        if (!training && labels.All(label => label is null))
            return null;
        return [.. labels.Select(label => label switch
        {
            null => throw new DataException("An example has no label, and the model learns classes. Drop it, or label it."),
            { } given when given < 0 || given >= classes.Count => throw new DataException(
                $"An example has the label {given}, but the model has {classes.Count} classes: {string.Join(", ", classes.Index().Select(c => $"{c.Index} {c.Item}"))}."),
            { } given => (long)given,
        })];
    }
}
