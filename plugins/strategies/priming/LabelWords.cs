namespace Tenon.Priming;

/// <summary>A template, split at its label.</summary>
/// <param name="Question">The text before the label, without the spaces right before it.</param>
/// <param name="Blanks">The spaces right before the label, which belong to the label's tokens.</param>
/// <param name="End">The text after the label.</param>
internal sealed record TemplateParts(string Question, string Blanks, string End)
{
    private const string Label = "{label}";

    /// <summary>Splits a template.</summary>
    /// <param name="template">A template with a label.</param>
    public static TemplateParts Of(string template)
    {
        int at = template.IndexOf(Label, StringComparison.Ordinal);
        string question = template[..at].TrimEnd(' ');
        return new TemplateParts(question, template[question.Length..at], template[(at + Label.Length)..]);
    }
}

/// <summary>The words that represent labels (verbalizers; Schick and Schütze 2021).</summary>
/// <param name="options">Template and words.</param>
/// <param name="tokenizer">The model's device.</param>
/// <param name="labels">Names of the labels.</param>
internal sealed class LabelWords(PrimingOptions options, ITokenizer tokenizer, IReadOnlyList<string> labels)
{
    /// <summary>The template.</summary>
    public TemplateParts Template { get; } = TemplateParts.Of(options.Template);

    /// <summary>The word of each label; empty for a label without a word.</summary>
    public IReadOnlyList<string> Words { get; } =
        [.. labels.Select(label => options.Verbalizers is { } words ? words.GetValueOrDefault(label, "") : label)];

    /// <summary>The tokens of each label's word, with the template's spaces before it; empty for a label without a word.</summary>
    public IReadOnlyList<int[]> Tokens =>
        field ??= [.. Words.Select(word => word.Length == 0 ? [] : tokenizer.Encode(Template.Blanks + word).ToArray())];
}
