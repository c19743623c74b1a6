using System.Text.Json.Nodes;

namespace Tenon.Layers;

/// <summary>
/// The special tokens of a model with an encoder and a decoder. Tokens that the tokenizer lacks get ids after its own, so that any
/// tokenizer can be used for training.
/// </summary>
/// <param name="Pad">Fills the rest of short rows.</param>
/// <param name="EndOfText">Ends a text.</param>
/// <param name="Ids">Number of ids in use; null if the run has no tokenizer.</param>
public sealed record PairTokens(int Pad, int EndOfText, int? Ids)
{
    private static readonly string[] GenerationKeys =
        ["bos_token_id", "eos_token_id", "pad_token_id", "decoder_start_token_id", "forced_bos_token_id", "forced_eos_token_id"];

    /// <summary>Resolves the tokens.</summary>
    /// <param name="pad">The option, or null if it is not set.</param>
    /// <param name="endOfText">The option, or null if it is not set.</param>
    /// <param name="facts">The tokenizer's tokens.</param>
    public static PairTokens Resolve(int? pad, int? endOfText, ModelFacts facts)
    {
        ArgumentNullException.ThrowIfNull(facts);
        SpecialTokens special = facts.SpecialTokens;
        int needed = facts.VocabularySize ?? 0;
        int end = Take(endOfText ?? special.EndOfText ?? special.Separator);
        int padding = Take(pad ?? special.Pad);
        return new PairTokens(padding, end, facts.VocabularySize is null ? null : needed);

        int Take(int? id)
        {
            int taken = id ?? needed;
            needed = Math.Max(needed, taken + 1);
            return taken;
        }
    }

    /// <summary>
    /// The configuration files of a model: <c>config.json</c>, and its special tokens also in <c>generation_config.json</c>, where
    /// transformers looks for them when it generates.
    /// </summary>
    /// <param name="config">The content of <c>config.json</c>.</param>
    public static ModelConfiguration Describe(JsonObject config)
    {
        ArgumentNullException.ThrowIfNull(config);
        var generation = new JsonObject(GenerationKeys.Where(key => config[key] is not null)
            .Select(key => KeyValuePair.Create(key, config[key]?.DeepClone())));
        return new ModelConfiguration(
            new Dictionary<string, JsonObject> { ["config.json"] = config, ["generation_config.json"] = generation });
    }
}
