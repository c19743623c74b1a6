namespace Tenon.Host.Inference.Images;

/// <summary>The order of images in which a grid has a row for each class.</summary>
internal static class ClassRows
{
    /// <summary>The class of each image, row by row; empty for a model without classes.</summary>
    /// <param name="model">The denoiser.</param>
    /// <param name="names">Names of the classes wanted; none: all.</param>
    /// <param name="each">Images of each class.</param>
    /// <exception cref="ModelException">The model has no such class.</exception>
    public static int[] Of(IDenoiser model, IReadOnlyList<string> names, int each)
    {
        if (model.Labels.Count == 0 && names.Count > 0)
            throw new ModelException($"The model is not conditioned on classes, and '{names[0]}' was asked for. Leave the class out.");
        IEnumerable<int> rows = names.Count > 0 ? names.Select(name => IndexOf(model.Labels, name)) : Enumerable.Range(0, model.Labels.Count);
        return [.. rows.SelectMany(row => Enumerable.Repeat(row, each))];
    }

    /// <summary>A text below each image: the class at the start of each row, else nothing; null for a model without classes.</summary>
    /// <param name="model">The denoiser.</param>
    /// <param name="classes">The class of each image.</param>
    /// <param name="each">Images of each class.</param>
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
