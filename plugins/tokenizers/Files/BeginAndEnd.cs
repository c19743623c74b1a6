using Tenon.Tokenizers.PostProcessors;

namespace Tenon.Tokenizers.Files;

/// <summary>
/// <c>add_bos_token</c> and <c>add_eos_token</c> of <c>tokenizer_config.json</c>, which replace the post-processor as in
/// transformers.
/// </summary>
internal static class BeginAndEnd
{
    /// <summary>The frames with which the configuration replaces others, or null where it sets neither key.</summary>
    /// <param name="config">The configuration, or null.</param>
    /// <param name="frames">The post-processor's frames, for the key that is not set.</param>
    /// <param name="special">The tokens to add.</param>
    /// <exception cref="DataException">A key is true, and the configuration has no such token.</exception>
    public static Frames? Of(JsonSection? config, Frames frames, SpecialTokens special)
    {
        if (config is not { } section || (section.Child("add_bos_token") is null && section.Child("add_eos_token") is null))
            return null;
        var begins = section.Flag("add_bos_token", missing: frames.Single.Before.Count > 0);
        var ends = section.Flag("add_eos_token", missing: frames.Single.After.Count > 0);
        // A key that agrees with the post-processor keeps it: only the number of tokens is known here.
        if (begins == frames.Single.Before.Count > 0 && ends == frames.Single.After.Count > 0)
            return null;
        return Frames.Around(
            begins ? special.BeginOfText ?? throw section.Refuse("has add_bos_token true, but no bos_token") : null,
            ends ? special.EndOfText ?? throw section.Refuse("has add_eos_token true, but no eos_token") : null);
    }
}
