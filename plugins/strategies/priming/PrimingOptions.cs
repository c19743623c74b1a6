using System.ComponentModel.DataAnnotations;

namespace Tenon.Priming;

/// <summary>What the prompts are made of, and what is measured.</summary>
public sealed record PrimingOptions
{
    /// <summary>Numbers of examples in a prompt, K, each of which is measured: zero-, one-, few-shot.</summary>
    [MinLength(1)]
    [ItemRange(0, int.MaxValue)]
    public IReadOnlyList<int> Shots { get; init; } = [0, 1, 2, 4, 8];

    /// <summary>Draws of examples for each K above 0; the table shows their mean and standard deviation.</summary>
    [Range(1, 1000)]
    public int Draws { get; init; } = 3;

    /// <summary>
    /// How an example stands in a prompt, with <c>{text}</c> and behind it <c>{label}</c>. What is asked ends before the
    /// label; blanks in front of it go with the label, as tokenizers have them. For a masked model the label's place is a
    /// gap, and what follows it is shown too.
    /// </summary>
    [RegularExpression(@"[\s\S]*\{text\}[\s\S]*\{label\}[\s\S]*")]
    public string Template { get; init; } = "Text: {text}\nLabel: {label}\n\n";

    /// <summary>Instructions above the examples.</summary>
    public string Instructions { get; init; } = "";

    /// <summary>The word for each label (Schick and Schütze 2021); null: the labels' names.</summary>
    public IReadOnlyDictionary<string, string>? Verbalizers { get; init; }

    /// <summary>Whether a word's log-probability is divided by its number of tokens, so that long ones are not at a disadvantage (Brown et al. 2020, section 2.4).</summary>
    public bool LengthNormalized { get; init; } = true;

    /// <summary>
    /// Whether labels are measured a second time with contextual calibration (Zhao et al. 2021): their probabilities are
    /// divided by those that they have where the text says nothing.
    /// </summary>
    public bool Calibrate { get; init; } = true;

    /// <summary>The texts that say nothing, over which calibration takes the mean.</summary>
    [MinLength(1)]
    public IReadOnlyList<string> ContentFree { get; init; } = ["N/A", "[MASK]", ""];

    /// <summary>Most held-out examples that are asked for, evenly spaced; 0: all.</summary>
    [Range(0, int.MaxValue)]
    public int Examples { get; init; } = 200;

    /// <summary>Prompts in one forward pass.</summary>
    [Range(1, 10_000)]
    public int BatchSize { get; init; } = 16;
}
