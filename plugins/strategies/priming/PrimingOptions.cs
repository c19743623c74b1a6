using System.ComponentModel.DataAnnotations;

namespace Tenon.Priming;

/// <summary>How prompts are built and evaluated.</summary>
public sealed record PrimingOptions
{
    /// <summary>Numbers of examples in the prompt, K (zero-, one-, few-shot); each is measured.</summary>
    [MinLength(1)]
    [ItemRange(0, int.MaxValue)]
    public IReadOnlyList<int> Shots { get; init; } = [0, 1, 2, 4, 8];

    /// <summary>Random draws of examples for each K above 0; the table shows the mean and standard deviation over draws.</summary>
    [Range(1, 1000)]
    public int Draws { get; init; } = 3;

    /// <summary>
    /// Format of an example in the prompt, with <c>{text}</c> and, after it, <c>{label}</c>. The query ends before the label;
    /// spaces right before the label belong to its tokens. For a masked model, the label is masked, and the text after it is part
    /// of the prompt.
    /// </summary>
    [RegularExpression(@"[\s\S]*\{text\}[\s\S]*\{label\}[\s\S]*")]
    public string Template { get; init; } = "Text: {text}\nLabel: {label}\n\n";

    /// <summary>Instructions before the examples.</summary>
    public string Instructions { get; init; } = "";

    /// <summary>The word for each label (Schick and Schütze 2021). Defaults to the labels' names.</summary>
    public IReadOnlyDictionary<string, string>? Verbalizers { get; init; }

    /// <summary>
    /// Whether a word's log-probability is divided by its number of tokens, so that long words are not penalized (Brown et al.
    /// 2020, section 2.4).
    /// </summary>
    public bool LengthNormalized { get; init; } = true;

    /// <summary>
    /// Whether to also report results with contextual calibration (Zhao et al. 2021): label probabilities are divided by those
    /// after a content-free text.
    /// </summary>
    public bool Calibrate { get; init; } = true;

    /// <summary>The content-free texts that calibration averages over.</summary>
    [MinLength(1)]
    public IReadOnlyList<string> ContentFree { get; init; } = ["N/A", "[MASK]", ""];

    /// <summary>Maximum number of held-out examples to evaluate, evenly spaced; 0 evaluates all.</summary>
    [Range(0, int.MaxValue)]
    public int Examples { get; init; } = 200;

    /// <summary>Prompts per forward pass.</summary>
    [Range(1, 10_000)]
    public int BatchSize { get; init; } = 16;
}
