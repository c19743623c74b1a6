using Tenon.Layers.Images;

namespace Tenon.Diffusion;

/// <summary>Batches of images in [-1, 1].</summary>
internal static class ImageBatch
{
    /// <summary>pixel_values [B, C, H, W] and, if there are classes, class_labels [B].</summary>
    /// <exception cref="DataException">An image has the wrong size, or a label is missing or out of range.</exception>
    public static Batch Create(
        IReadOnlyList<ImageExample> examples, (int Channels, int Height, int Width) size, IReadOnlyList<string> labels)
    {
        ArgumentNullException.ThrowIfNull(examples);
        foreach (ImageExample example in examples)
            Check(example, size, labels);

        using DisposeScope scope = torch.NewDisposeScope();
        Dictionary<string, Tensor> tensors = new()
        {
            [BatchNames.PixelValues] = ImageTensors.Stack(examples, ImageNormalization.MinusOneToOne),
        };
        if (labels.Count > 0)
            tensors[BatchNames.ClassLabels] = torch.tensor(examples.Select(example => (long)example.Label!.Value).ToArray());
        long numbers = (long)size.Channels * size.Height * size.Width;
        return new Batch(tensors, examples.Count, examples.Count * numbers) { RowTargets = [.. examples.Select(_ => numbers)] };
    }

    private static void Check(ImageExample example, (int Channels, int Height, int Width) size, IReadOnlyList<string> labels)
    {
        ImagePixels image = example.Image;
        if ((image.Channels, image.Height, image.Width) != size)
        {
            throw new DataException(
                $"An image has {image.Height}×{image.Width} pixels and {image.Channels} channels, but the model takes " +
                $"{size.Height}×{size.Width} and " +
                $"{size.Channels}. Resize the images in the data component, or set the model's height, width and channels.");
        }

        if (labels.Count > 0 && !(example.Label >= 0 && example.Label < labels.Count))
        {
            throw new DataException(
                $"An image has {(example.Label is { } label ? $"the class {label}" : "no class")}, but the model is conditioned on " +
                $"classes 0 … {labels.Count - 1}. " +
                "Set the model's classConditional to false to train without classes.");
        }
    }
}
