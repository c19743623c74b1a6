using System.ComponentModel.DataAnnotations;

namespace Tenon.Bart;

/// <summary>Size and shape of a BART (Lewis et al. 2019).</summary>
public sealed record BartOptions : TransformerOptions
{
    /// <summary>A published model, whose sizes apply to all options that are not set. Defaults to <c>bart-base</c>.</summary>
    [AllowedValues(null, "bart-base", "bart-large")]
    public string? Preset { get; init; }

    /// <summary>The token that begins a text (<c>bos_token_id</c>). Defaults to the tokenizer's; null if it has none.</summary>
    [Range(0, 100_000_000)]
    public int? BeginOfText { get; init; }

    /// <summary>
    /// Share of the tokens of packed text that pre-training hides (text infilling, Lewis et al. 2019, section 2.2). Each hidden span is
    /// replaced with one mask token.
    /// </summary>
    [Range(0.01, 0.9)]
    public double HiddenShare { get; init; } = 0.3;

    /// <summary>Mean length of the hidden spans, which follow a Poisson distribution; a span of length 0 inserts a mask token.</summary>
    [Range(0.1, 1000.0)]
    public double MeanSpan { get; init; } = 3;

    /// <summary>The token that stands for a hidden span. Defaults to the tokenizer's, or a new id.</summary>
    [Range(0, 100_000_000)]
    public int? MaskToken { get; init; }
}
