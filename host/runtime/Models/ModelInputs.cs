using Tenon.Host.Data;

namespace Tenon.Host.Models;

/// <summary>A user's inputs as batches: texts or image files, depending on the model.</summary>
internal static class ModelInputs
{
    private const int AtOnce = 32;

    /// <summary>Batches on the CPU in the inputs' order; the caller disposes each.</summary>
    /// <param name="model">Determines the type of input.</param>
    /// <param name="tokenizer">The model's, or null.</param>
    /// <param name="inputs">Texts or paths.</param>
    /// <exception cref="DataException">A file is not an image.</exception>
    /// <exception cref="ModelException">The model accepts neither, or has no tokenizer.</exception>
    public static IEnumerable<Batch> Batches(IModel model, ITokenizer? tokenizer, IReadOnlyList<string> inputs) =>
        inputs.Chunk(AtOnce).Select(part => Batch(model, tokenizer, part));

    /// <summary>Images of one size as batches on the CPU; the caller disposes each.</summary>
    /// <param name="collate">The model.</param>
    /// <param name="images">The images.</param>
    public static IEnumerable<Batch> Batches(ICollate<ImageExample> collate, IEnumerable<ImagePixels> images) =>
        images.Chunk(AtOnce).Select(part => collate.Collate([.. part.Select(image => new ImageExample(image))], Context(null)));

    /// <summary>The image size of a model.</summary>
    /// <param name="model">A model with image inputs.</param>
    /// <exception cref="ModelException">The model does not specify it.</exception>
    public static (int Height, int Width, int Channels) ImageSize(IModel model) => model switch
    {
        IImageModel images => images.ImageSize,
        IDenoiser { SampleSize: var (channels, height, width) } => (height, width, channels),
        _ => throw new ModelException($"{model.GetType().Name} accepts images but does not specify their size. Its class must implement {nameof(IImageModel)}."),
    };

    private static Batch Batch(IModel model, ITokenizer? tokenizer, string[] inputs)
    {
        if (model is ICollate<ImageExample> images)
        {
            (int, int, int) size = ImageSize(model);
            return images.Collate([.. inputs.Select(path => new ImageExample(ImageFile.Read(path, size)))], Context(tokenizer));
        }

        if (model is ICollate<TextExample> texts)
            return texts.Collate([.. inputs.Select(text => new TextExample(text))], Context(tokenizer));
        // A dummy label that every classifier has; no prediction depends on it.
        if (model is IClassifier { Labels.Count: > 0 } and ICollate<LabelledTextExample> labelled)
            return labelled.Collate([.. inputs.Select(text => new LabelledTextExample(text, 0))], Context(tokenizer));
        // Token models get their tokens directly, because their own collate masks some for training.
        if (tokenizer is not null && Capability.TokensOf(model)?.ContextLength is { } length)
            return FramedText.Collate([.. inputs.Select(text => FramedText.Ids(tokenizer, text))], tokenizer, length);
        string[] takes = [.. Learning.Examples(model).Select(type => type.Name)];
        throw new ModelException(
            $"{model.GetType().Name} accepts neither single texts nor images{(takes.Length > 0 ? $", but {string.Join(" or ", takes)}" : "")}, so it cannot be used here. Open another model.");
    }

    private static CollateContext Context(ITokenizer? tokenizer) => new(new SeededRandom(0), Training: false, tokenizer);
}
