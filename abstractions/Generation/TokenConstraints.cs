using System.ComponentModel.DataAnnotations;

namespace Tenon;

/// <summary>
/// Tokens that a generated text must or must not have. The names and meanings are those of a <c>generation_config.json</c>. A row is
/// its prompt followed by its generated tokens; for a model with an encoder, the target with its start token.
/// </summary>
public sealed record TokenConstraints
{
    /// <summary>A row does not end before it has this many tokens (<c>min_length</c>); 0 for no minimum.</summary>
    [Range(0, 1_000_000)]
    public int MinLength { get; init; }

    /// <summary>
    /// No sequence of this many tokens occurs twice in a row (<c>no_repeat_ngram_size</c>, Paulus et al. 2017); 0 allows all.
    /// </summary>
    [Range(0, 1_000_000)]
    public int NoRepeatNGramSize { get; init; }

    /// <summary>
    /// Sequences of token ids that are not generated (<c>bad_words_ids</c>). A sequence that consists of a token that ends a text
    /// has no effect.
    /// </summary>
    public IReadOnlyList<IReadOnlyList<int>> BadWords { get; init; } = [];

    /// <summary>
    /// The second token of each row (<c>forced_bos_token_id</c>): the target language of a multilingual model. Null for any.
    /// </summary>
    [Range(0, int.MaxValue)]
    public int? ForcedBegin { get; init; }

    /// <summary>The last token of a text that reaches the maximum length (<c>forced_eos_token_id</c>); null for any.</summary>
    [Range(0, int.MaxValue)]
    public int? ForcedEnd { get; init; }
}
