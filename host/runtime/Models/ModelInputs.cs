using Tenon.Host.Data;
using Tenon.Host.Native;
using TorchSharp;

namespace Tenon.Host.Models;

/// <summary>Converts a user's inputs to batches: texts or image files, depending on the model.</summary>
internal static class ModelInputs
{
    private const int AtOnce = 32;

    // On a CPU, batches with more tokens are not faster, but take more memory.
    private const int TokensAtOnce = 512;

    // Rare enough to take no measurable time.
    private const int BatchesBetweenReturns = 8;

    /// <summary>Computes results batch by batch during enumeration. Inputs of similar length share a batch.</summary>
    /// <param name="model">Determines the type of input.</param>
    /// <param name="tokenizer">The model's tokenizer, or null.</param>
    /// <param name="inputs">Texts or paths.</param>
    /// <param name="results">Returns a result per input of a batch on the CPU, which it disposes.</param>
    /// <param name="mostTokens">Limit on the tokens of a text below the model's context length; null for the context length.</param>
    /// <param name="maximumPixels">Maximum number of pixels of an image.</param>
    /// <returns>The results in the order of the inputs.</returns>
    /// <exception cref="DataException">A file is not an image.</exception>
    /// <exception cref="ModelException">The model accepts neither texts nor images, or has no tokenizer.</exception>
    public static IEnumerable<TResult> Map<TResult>(
        IModel model, ITokenizer? tokenizer, IReadOnlyList<string> inputs, Func<Batch, IEnumerable<TResult>> results,
        int? mostTokens = null, long maximumPixels = ImagePixels.MostPixels)
    {
        // The tokens are passed directly to token models, because their own collate function masks some for training.
        if (!TakesExamples(model) && tokenizer is not null && Capability.TokensOf(model) is { } sizes)
        {
            int most = Math.Min(sizes.ContextLength, mostTokens ?? int.MaxValue);
            return SimilarLengths.Map(
                inputs.Select(text => FramedText.Ids(tokenizer, text, sizes.VocabularySize)), ids => ids.Length,
                sorted => Parts(model, sorted).SelectMany(part => results(FramedText.Collate(part, tokenizer, most))));
        }

        return SimilarLengths.Map(
            inputs, input => input.Length,
            sorted => sorted.Chunk(AtOnce).SelectMany(part => results(Batch(model, tokenizer, part, maximumPixels))));
    }

    /// <summary>Creates batches of images of one size on the CPU; the caller disposes each.</summary>
    /// <param name="collate">The model.</param>
    /// <param name="images">The images.</param>
    public static IEnumerable<Batch> Batches(ICollate<ImageExample> collate, IEnumerable<ImagePixels> images) =>
        images.Chunk(AtOnce).Select(part => collate.Collate([.. part.Select(image => new ImageExample(image))], Context(null)));

    /// <summary>
    /// Converts an image to the model's input: with its number of channels, prepared like the model's training data.
    /// </summary>
    /// <param name="model">A model with image inputs.</param>
    /// <param name="image">An image of any size.</param>
    /// <param name="name">Name of the image in error messages.</param>
    /// <exception cref="DataException">The preprocessing in the model's folder does not produce images of the model's size.</exception>
    /// <exception cref="ModelException">The model does not specify its image size.</exception>
    public static ImagePixels Prepare(IModel model, ImagePixels image, string name)
    {
        ((int height, int width, int channels), ImagePreparation preparation) = model switch
        {
            IImageModel images => (images.ImageSize, images.ImagePreparation),
            IDenoiser { SampleSize: var (c, h, w) } => ((h, w, c), ImagePreparation.Cover(h, w)),
            _ => throw new ModelException($"{model.GetType().Name} accepts images but does not specify their size. " +
                $"Its class must implement {nameof(IImageModel)}."),
        };
        ImagePixels prepared = preparation.Apply(image.WithChannels(channels));
        return (prepared.Height, prepared.Width) == (height, width) ? prepared : throw new DataException(
            $"{name} is {image.Height}×{image.Width}, and preprocessing converts it to {prepared.Height}×{prepared.Width}, " +
            $"but the model accepts only {height}×{width}. " +
            "Resize the image, or correct 'size' and 'crop_size' in the model folder's preprocessor_config.json.");
    }

    // The longest come first.
    private static IEnumerable<int[][]> Parts(IModel model, int[][] sorted)
    {
        bool isOnCpu = model.Module.parameters().All(parameter => parameter.device_type == DeviceType.CPU);
        int count, batches = 0;
        for (int at = 0; at < sorted.Length; at += count)
        {
            if (isOnCpu && batches++ % BatchesBetweenReturns == 0)
                FreedHeap.Return();
            count = Math.Min(sorted.Length - at, isOnCpu ? Math.Clamp(TokensAtOnce / sorted[at].Length, 1, AtOnce) : AtOnce);
            yield return sorted[at..(at + count)];
        }
    }

    private static bool TakesExamples(IModel model) => model is ICollate<ImageExample> or ICollate<TextExample>
        or (IClassifier { Labels.Count: > 0 } and ICollate<LabelledTextExample>);

    private static Batch Batch(IModel model, ITokenizer? tokenizer, string[] inputs, long maximumPixels)
    {
        if (model is ICollate<ImageExample> images)
        {
            IEnumerable<ImagePixels> read = inputs.Select(path => Prepare(model, ImageFile.Read(path, maximumPixels), $"'{path}'"));
            return images.Collate([.. read.Select(image => new ImageExample(image))], Context(tokenizer));
        }

        if (model is ICollate<TextExample> texts)
            return texts.Collate([.. inputs.Select(text => new TextExample(text))], Context(tokenizer));
        // A dummy label that every classifier has; no prediction depends on it.
        if (model is IClassifier { Labels.Count: > 0 } and ICollate<LabelledTextExample> labelled)
            return labelled.Collate([.. inputs.Select(text => new LabelledTextExample(text, 0))], Context(tokenizer));
        string[] takes = [.. Learning.Examples(model).Select(type => type.Name)];
        throw new ModelException(
            $"{model.GetType().Name} accepts neither single texts nor images" +
            $"{(takes.Length > 0 ? $", but {string.Join(" or ", takes)}" : "")}, so it cannot be used here. Open another model.");
    }

    private static CollateContext Context(ITokenizer? tokenizer) => new(new SeededRandom(0), Training: false, tokenizer);
}
