using System.ComponentModel.DataAnnotations;

namespace Tenon;

/// <summary>Options for choosing the next token.</summary>
public sealed record SamplingOptions
{
    /// <summary>Maximum number of tokens to generate.</summary>
    [Range(1, 1_000_000)]
    public int MaxNewTokens { get; init; } = 64;

    /// <summary>Divides the logits; 0 means greedy decoding.</summary>
    [Range(0.0, 100.0)]
    public double Temperature { get; init; } = 1.0;

    /// <summary>Sample from the k most probable tokens; 0 means all (Fan et al. 2018).</summary>
    [Range(0, int.MaxValue)]
    public int TopK { get; init; }

    /// <summary>
    /// Sample from the smallest set of tokens whose total probability reaches p; 1 means all (Holtzman et al. 2019).
    /// </summary>
    [Range(0.0, 1.0)]
    public double TopP { get; init; } = 1.0;

    /// <summary>
    /// Divides positive logits and multiplies negative logits of tokens that already occurred; 1 has no effect (Keskar et al.
    /// 2019).
    /// </summary>
    [Range(0.01, 100.0)]
    public double RepetitionPenalty { get; init; } = 1.0;

    /// <summary>
    /// Subtracted from the logits of tokens that were generated at least once; 0 has no effect. The prompt does not count.
    /// </summary>
    [Range(-2.0, 2.0)]
    public double PresencePenalty { get; init; }

    /// <summary>
    /// Subtracted from the logit of a token for each time that it was generated; 0 has no effect. The prompt does not count.
    /// </summary>
    [Range(-2.0, 2.0)]
    public double FrequencyPenalty { get; init; }

    /// <summary>Added to the logits of these ids before all penalties; null for none. -100 practically excludes a token.</summary>
    public IReadOnlyDictionary<int, double>? LogitBias { get; init; }

    /// <summary>
    /// Number of ids that can be drawn. It is the tokenizer's, because an embedding may have additional rows that are not tokens.
    /// Null means all rows.
    /// </summary>
    [Range(1, int.MaxValue)]
    public int? VocabularySize { get; init; }

    /// <summary>Tokens that a text must or must not have; null for none.</summary>
    public TokenConstraints? Constraints { get; init; }

    /// <summary>
    /// Maximum number of tokens to guess at a time: those that followed the last earlier occurrence of the text's last tokens. One pass of
    /// the model checks them all, so that texts that repeat their prompt are generated faster (Saxena 2023, "Prompt lookup decoding"). A
    /// guess is kept only if the same token is drawn, so the distribution of texts does not change (Leviathan et al. 2023). 0 for none.
    /// </summary>
    [Range(0, 100)]
    public int PromptLookup { get; init; }

    /// <summary>
    /// The format of each text; null for any. A text that reaches <see cref="MaxNewTokens"/> or the end of the context may be incomplete.
    /// </summary>
    public ITokenFormat? Format { get; init; }

    /// <summary>Generation ends before the first of these texts; null or empty for none.</summary>
    public IReadOnlyList<string>? Stop { get; init; }
}

/// <summary>The continuation of a prompt.</summary>
/// <param name="Text">The continuation, without the prompt.</param>
/// <param name="Ids">Token ids of the continuation.</param>
/// <param name="Ending">Why it ended: <c>length</c>, <c>end of text</c>, <c>stop</c> or <c>context</c>.</param>
public sealed record Continuation(string Text, IReadOnlyList<int> Ids, string Ending);

/// <summary>Generates text from any causal language model. The host provides it; strategies and commands use it.</summary>
public interface ITextGenerator
{
    /// <summary>Continues each prompt, all in one batch, with a key/value cache.</summary>
    /// <param name="model">Set to eval mode during generation.</param>
    /// <param name="tokenizer">The model's.</param>
    /// <param name="prompts">At least one. An empty prompt starts from the end-of-text token.</param>
    /// <param name="options">How tokens are chosen.</param>
    /// <param name="random">The only source of randomness; prompt i draws from <c>random.Fork(i)</c>.</param>
    /// <param name="onText">Receives the index of the prompt and each piece of text as it is generated, or null.</param>
    /// <param name="stop">Ends generation after the current token with an <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="ModelException">A prompt is longer than the context.</exception>
    IReadOnlyList<Continuation> Generate(
        ICausalLanguageModel model,
        ITokenizer tokenizer,
        IReadOnlyList<string> prompts,
        SamplingOptions options,
        SeededRandom random,
        Action<int, string>? onText = null,
        CancellationToken stop = default);
}
