namespace Tenon;

/// <summary>A model that predicts one class from a fixed list (BERT with a sequence head, ViT).</summary>
public interface IClassifier : IModel
{
    /// <summary>Names of the classes in the order of the logits; empty if the model has a different head.</summary>
    IReadOnlyList<string> Labels { get; }

    /// <summary>Unnormalized log-probabilities of the classes.</summary>
    /// <param name="batch">Created by one of the model's <see cref="ICollate{TExample}"/>. Not disposed.</param>
    /// <returns>float32 [B, classes] in the current dispose scope.</returns>
    Tensor ClassLogits(Batch batch);
}

/// <summary>A model that predicts a class for each token (BERT with a token head).</summary>
public interface ITokenClassifier : IModel
{
    /// <summary>Names of the classes in the order of the logits; empty if the model has a different head.</summary>
    IReadOnlyList<string> Labels { get; }

    /// <summary>Unnormalized log-probabilities of the classes of each token.</summary>
    /// <param name="batch">
    /// Created by the model's <see cref="ICollate{TExample}"/> of <see cref="TokenLabelledExample"/>, which assigns the label
    /// of a word to its first token. Not disposed.
    /// </param>
    /// <returns>float32 [B, T, classes] in the current dispose scope.</returns>
    Tensor TokenClassLogits(Batch batch);
}

/// <summary>A model that maps each input to a vector.</summary>
public interface IEmbedder : IModel
{
    /// <summary>Size of the vectors, E.</summary>
    int EmbeddingSize { get; }

    /// <summary>Returns one vector per example: the mean over its tokens or the class token, depending on the architecture.</summary>
    /// <param name="batch">Created by one of the model's <see cref="ICollate{TExample}"/>. Not disposed.</param>
    /// <returns>float32 [B, E] in the current dispose scope.</returns>
    Tensor Embed(Batch batch);

    /// <summary>
    /// Returns the vectors of the individual tokens, for other ways of pooling them; null by default, for models whose input is
    /// not tokens.
    /// </summary>
    /// <param name="batch">Created by one of the model's <see cref="ICollate{TExample}"/>. Not disposed.</param>
    /// <returns>float32 [B, T, E] in the current dispose scope; values at padding are arbitrary.</returns>
    Tensor? TokenStates(Batch batch) => null;
}

/// <summary>A model whose inputs are images of one size, so that any image file can be resized to fit it.</summary>
public interface IImageModel : IModel
{
    /// <summary>Height, width and channels (1 gray, 3 RGB) of the images that its <see cref="ICollate{TExample}"/> accepts.</summary>
    (int Height, int Width, int Channels) ImageSize { get; }

    /// <summary>
    /// The conversion of images of any size to <see cref="ImageSize"/>: the way the model's training data was prepared. By default
    /// they are resized to cover that size and center-cropped.
    /// </summary>
    ImagePreparation ImagePreparation => ImagePreparation.Cover(ImageSize.Height, ImageSize.Width);
}
