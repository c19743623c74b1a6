using System.ComponentModel.DataAnnotations;

namespace Tenon;

/// <summary>
/// A smaller model that proposes the next tokens of a text, which one pass of the model then checks (Leviathan et al. 2023, "Fast
/// inference from transformers via speculative decoding"). Texts keep the distribution of the model: greedy texts do not change, apart
/// from rounding. Sampled texts are equally distributed but differ from those that the same seed gives without a draft.
/// </summary>
/// <param name="Model">A causal language model without an encoder, in eval mode, with the same token ids. Not disposed.</param>
public sealed record DraftModel(ICausalLanguageModel Model)
{
    /// <summary>Number of tokens to propose at a time.</summary>
    [Range(1, 100)]
    public int Tokens { get; init; } = 4;
}
