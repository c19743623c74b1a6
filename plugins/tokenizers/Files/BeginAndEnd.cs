using Tenon.Tokenizers.PostProcessors;

namespace Tenon.Tokenizers.Files;

/// <summary>
/// <c>add_bos_token</c> and <c>add_eos_token</c> of <c>tokenizer_config.json</c>, which replace the post-processor as in
/// transformers.
/// </summary>
internal static class BeginAndEnd
{
    /// <summary>The frames that replace those of the post-processor, or null if the configuration sets neither key.</summary>
    /// <param name="config">The configuration, or null.</param>
    /// <param name="frames">The post-processor's frames, which apply to a key that is not set.</param>
    /// <param name="special">The tokens to add.</param>
    /// <exception cref="DataException">A key is true, but the configuration has no such token.</exception>
    public static Frames? Of(JsonSection? config, Frames frames, SpecialTokens special)
    {
        if (config is not { } section || (section.Child("add_bos_token") is null && section.Child("add_eos_token") is null))
            return null;
        var begins = section.Flag("add_bos_token", missing: frames.Single.Before.Count > 0);
        var ends = section.Flag("add_eos_token", missing: frames.Single.After.Count > 0);
        // If a key agrees with the post-processor, the post-processor's tokens are kept, because only their number is known here.
        if (begins == frames.Single.Before.Count > 0 && ends == frames.Single.After.Count > 0)
            return null;
        return Frames.Around(
            begins ? special.BeginOfText ?? throw section.Error("has add_bos_token true, but no bos_token") : null,
            ends ? special.EndOfText ?? throw section.Error("has add_eos_token true, but no eos_token") : null);
    }
}
