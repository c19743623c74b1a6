using Tenon.Host.Models;

namespace Tenon.Host.Inference.Text;

/// <summary>Smaller models that propose the tokens of a model (<see cref="DraftModel"/>).</summary>
public static class Drafts
{
    /// <summary>Returns a draft for a model.</summary>
    /// <param name="opened">The model.</param>
    /// <param name="draft">The smaller model. Not disposed; the draft must not be used after it.</param>
    /// <param name="tokens">Number of tokens to propose at a time, 1 … 100.</param>
    /// <exception cref="ModelException">
    /// One of them is not a causal language model without an encoder, or their tokenizers differ.
    /// </exception>
    public static DraftModel Of(OpenedModel opened, OpenedModel draft, int tokens = 4)
    {
        ArgumentNullException.ThrowIfNull(opened);
        ArgumentNullException.ThrowIfNull(draft);
        ArgumentOutOfRangeException.ThrowIfLessThan(tokens, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(tokens, 100);
        string named = draft.Folders.Count > 0 ? $"The model in '{draft.Folders[0]}'" : "The model";
        if (opened.As<ICausalLanguageModel>("generate") is IEncoderDecoder || draft.Model is not ICausalLanguageModel or IEncoderDecoder)
        {
            throw new ModelException(
                $"{named} cannot be the draft: both models must be causal language models without an encoder, but they are " +
                $"{Capability.Describe(opened.Model)} and {Capability.Describe(draft.Model)}.");
        }

        if (draft.NeededTokenizer.Fingerprint != opened.NeededTokenizer.Fingerprint)
        {
            throw new ModelException(
                $"{named} cannot be the draft: it has another tokenizer. Train or choose a draft with the tokenizer of the model.");
        }

        return new DraftModel(draft.As<ICausalLanguageModel>("generate")) { Tokens = tokens };
    }
}
