namespace Tenon;

/// <summary>Sizes of the prompts that a model accepts.</summary>
/// <param name="Layers">Attention layers; each takes a prefix.</param>
/// <param name="Heads">Key/value heads in each layer.</param>
/// <param name="HeadSize">Size of one head.</param>
/// <param name="EmbeddingSize">Size of an input embedding, E.</param>
public sealed record PromptShape(int Layers, int Heads, int HeadSize, int EmbeddingSize);

/// <summary>
/// Virtual tokens that steer a frozen model. Both parts may be null; a length of zero has no effect. The caller owns the tensors.
/// </summary>
/// <param name="Embeddings">
/// Prepended to the input embeddings: float32 [V, E] (P-tuning, Liu et al. 2021; prompt tuning, Lester et al. 2021).
/// </param>
/// <param name="KeyValues">
/// Keys and values prepended to those of each layer: float32 [layers, 2, heads, V, head size] (prefix tuning, Li and Liang
/// 2021; P-tuning v2, Liu et al. 2022).
/// </param>
public sealed record Prompt(Tensor? Embeddings = null, Tensor? KeyValues = null);

/// <summary>A model that accepts virtual tokens in its input and attention.</summary>
public interface IPromptTunable : IModel
{
    /// <summary>The sizes that a prompt must have.</summary>
    PromptShape PromptShape { get; }

    /// <summary>The current prompt, used by every forward pass until it is changed; null if there is none. Not disposed.</summary>
    Prompt? Prompt { get; set; }

    /// <summary>
    /// The token embedding [V, E], to initialize virtual tokens from; owned by the model. Null if inputs are not tokens.
    /// </summary>
    Parameter? TokenEmbeddings { get; }
}
