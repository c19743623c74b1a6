using Tenon.Host.Data;

namespace Tenon.Host.Models;

/// <summary>A user's inputs as batches: texts or image files, depending on the model.</summary>
internal static class ModelInputs
{
    private const int AtOnce = 32;

    /// <summary>Computes results batch by batch during enumeration. Inputs of similar length share a batch.</summary>
    /// <param name="model">Determines the type of input.</param>
    /// <param name="tokenizer">The model's, or null.</param>
    /// <param name="inputs">Texts or paths.</param>
    /// <param name="results">Returns a result per input of a batch on the CPU, which it disposes.</param>
    /// <param name="mostTokens">Maximum tokens of a text, if less than the model's context; null: the context.</param>
    /// <returns>The results in the order of the inputs.</returns>
    /// <exception cref="DataException">A file is not an image.</exception>
    /// <exception cref="ModelException">The model accepts neither, or has no tokenizer.</exception>
    public static IEnumerable<TResult> Map<TResult>(
        IModel model, ITokenizer? tokenizer, IReadOnlyList<string> inputs, Func<Batch, IEnumerable<TResult>> results, int? mostTokens = null)
    {
        // Token models get their tokens directly, because their own collate masks some for training.
        if (!TakesExamples(model) && tokenizer is not null && Capability.TokensOf(model) is { } sizes)
        {
            int most = Math.Min(sizes.ContextLength, mostTokens ?? int.MaxValue);
            return SimilarLengths.Map(
                inputs.Select(text => FramedText.Ids(tokenizer, text, sizes.VocabularySize)), ids => ids.Length,
                sorted => sorted.Chunk(AtOnce).SelectMany(part => results(FramedText.Collate(part, tokenizer, most))));
        }

        return SimilarLengths.Map(
            inputs, input => input.Length, sorted => sorted.Chunk(AtOnce).SelectMany(part => results(Batch(model, tokenizer, part))));
    }

    /// <summary>Images of one size as batches on the CPU; the caller disposes each.</summary>
    /// <param name="collate">The model.</param>
    /// <param name="images">The images.</param>
    public static IEnumerable<Batch> Batches(ICollate<ImageExample> collate, IEnumerable<ImagePixels> images) =>
        images.Chunk(AtOnce).Select(part => collate.Collate([.. part.Select(image => new ImageExample(image))], Context(null)));

    /// <summary>An image as the model takes it: with its channels, and prepared as its training data was.</summary>
    /// <param name="model">A model with image inputs.</param>
    /// <param name="image">An image of any size.</param>
    /// <param name="name">Its name in errors.</param>
    /// <exception cref="DataException">The model's folder does not resize images to its size.</exception>
    /// <exception cref="ModelException">The model does not specify its image size.</exception>
    public static ImagePixels Prepare(IModel model, ImagePixels image, string name)
    {
        ((int height, int width, int channels), ImagePreparation preparation) = model switch
        {
            IImageModel images => (images.ImageSize, images.ImagePreparation),
            IDenoiser { SampleSize: var (c, h, w) } => ((h, w, c), ImagePreparation.Cover(h, w)),
            _ => throw new ModelException($"{model.GetType().Name} accepts images but does not specify their size. Its class must implement {nameof(IImageModel)}."),
        };
        ImagePixels prepared = preparation.Apply(image.WithChannels(channels));
        return (prepared.Height, prepared.Width) == (height, width) ? prepared : throw new DataException(
            $"{name} is {image.Height}×{image.Width}, and its preprocessing gives {prepared.Height}×{prepared.Width}, but the model takes {height}×{width}. " +
            "Resize the image, or correct size and crop in the model folder's preprocessor_config.json.");
    }

    private static bool TakesExamples(IModel model) => model is ICollate<ImageExample> or ICollate<TextExample>
        or (IClassifier { Labels.Count: > 0 } and ICollate<LabelledTextExample>);

    private static Batch Batch(IModel model, ITokenizer? tokenizer, string[] inputs)
    {
        if (model is ICollate<ImageExample> images)
        {
            IEnumerable<ImagePixels> read = inputs.Select(path => Prepare(model, ImageFile.Read(path), $"'{path}'"));
            return images.Collate([.. read.Select(image => new ImageExample(image))], Context(tokenizer));
        }

        if (model is ICollate<TextExample> texts)
            return texts.Collate([.. inputs.Select(text => new TextExample(text))], Context(tokenizer));
        // A dummy label that every classifier has; no prediction depends on it.
        if (model is IClassifier { Labels.Count: > 0 } and ICollate<LabelledTextExample> labelled)
            return labelled.Collate([.. inputs.Select(text => new LabelledTextExample(text, 0))], Context(tokenizer));
        string[] takes = [.. Learning.Examples(model).Select(type => type.Name)];
        throw new ModelException(
            $"{model.GetType().Name} accepts neither single texts nor images{(takes.Length > 0 ? $", but {string.Join(" or ", takes)}" : "")}, so it cannot be used here. Open another model.");
    }

    private static CollateContext Context(ITokenizer? tokenizer) => new(new SeededRandom(0), Training: false, tokenizer);
}
