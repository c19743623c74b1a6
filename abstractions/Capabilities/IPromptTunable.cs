namespace Tenon;

/// <summary>Sizes of the prompts that a model takes.</summary>
/// <param name="Layers">Layers with attention, each of which takes a prefix.</param>
/// <param name="Heads">Key/value heads in each layer.</param>
/// <param name="HeadSize">Size of one head.</param>
/// <param name="EmbeddingSize">Size of an input embedding, E.</param>
public sealed record PromptShape(int Layers, int Heads, int HeadSize, int EmbeddingSize);

/// <summary>
/// Virtual tokens that steer a frozen model. Both parts may be null; lengths of zero change nothing. The tensors stay
/// the caller's.
/// </summary>
/// <param name="Embeddings">Put before the input's embeddings: float32 [V, E] (P-tuning, Liu et al. 2021; prompt tuning, Lester et al. 2021).</param>
/// <param name="KeyValues">
/// Keys and values put before those of each layer: float32 [layers, 2, heads, V, head size] (prefix tuning, Li and Liang
/// 2021; P-tuning v2, Liu et al. 2022).
/// </param>
public sealed record Prompt(Tensor? Embeddings = null, Tensor? KeyValues = null);

/// <summary>A model whose input and attention take virtual tokens.</summary>
public interface IPromptTunable : IModel
{
    /// <summary>The sizes that a prompt must have.</summary>
    PromptShape PromptShape { get; }

    /// <summary>The prompt in force; null: none. It holds for every forward pass until it is set again, and is not disposed.</summary>
    Prompt? Prompt { get; set; }

    /// <summary>The input embedding of ordinary tokens, to start virtual tokens from. Stays the model's. [V, E]; null when the input is no tokens.</summary>
    Parameter? TokenEmbeddings { get; }
}
