namespace Tenon.Host.Inference.Images;

/// <summary>Orders images so that a grid has one row per class.</summary>
internal static class ClassRows
{
    /// <summary>Returns the class of each image, row by row; empty for a model without classes.</summary>
    /// <param name="model">The denoiser.</param>
    /// <param name="names">Names of the classes; empty for all.</param>
    /// <param name="each">Images per class.</param>
    /// <exception cref="ModelException">The model does not have a class of that name.</exception>
    public static int[] Of(IDenoiser model, IReadOnlyList<string> names, int each)
    {
        if (model.Labels.Count == 0 && names.Count > 0)
            throw new ModelException($"The model is not conditioned on classes, but the class '{names[0]}' was requested. Omit the class.");
        IEnumerable<int> rows = names.Count > 0
            ? names.Select(name => IndexOf(model.Labels, name)) : Enumerable.Range(0, model.Labels.Count);
        return [.. rows.SelectMany(row => Enumerable.Repeat(row, each))];
    }

    /// <summary>
    /// Captions: the class name for the first image of each row, otherwise empty; null for a model without classes.
    /// </summary>
    /// <param name="model">The denoiser.</param>
    /// <param name="classes">The class of each image.</param>
    /// <param name="each">Images per class.</param>
    public static string[]? Captions(IDenoiser model, IReadOnlyList<int> classes, int each) =>
        classes.Count == 0 ? null : [.. classes.Index().Select(image => image.Index % each == 0 ? model.Labels[image.Item] : "")];

    private static int IndexOf(IReadOnlyList<string> labels, string name)
    {
        foreach ((int index, string label) in labels.Index())
        {
            if (label == name)
                return index;
        }

        throw new ModelException(
            $"The model has no class '{name}'. It has: {string.Join(", ", labels)}.{NearestName.Question(name, labels)}");
    }
}
