namespace Tenon.Priming;

/// <summary>A template, cut at its label.</summary>
/// <param name="Question">What stands before the label, without the blanks in front of it.</param>
/// <param name="Blanks">The blanks in front of the label, which go with it, as tokenizers have them.</param>
/// <param name="End">What stands behind the label.</param>
internal sealed record TemplateParts(string Question, string Blanks, string End)
{
    private const string Label = "{label}";

    /// <summary>Cuts a template.</summary>
    /// <param name="template">With a label in it.</param>
    public static TemplateParts Of(string template)
    {
        int at = template.IndexOf(Label, StringComparison.Ordinal);
        string question = template[..at].TrimEnd(' ');
        return new TemplateParts(question, template[question.Length..at], template[(at + Label.Length)..]);
    }
}

/// <summary>The words that stand for labels (verbalizers; Schick and Schütze 2021).</summary>
/// <param name="options">Template and words.</param>
/// <param name="tokenizer">The model's.</param>
/// <param name="labels">Names of the labels.</param>
internal sealed class LabelWords(PrimingOptions options, ITokenizer tokenizer, IReadOnlyList<string> labels)
{
    /// <summary>The template.</summary>
    public TemplateParts Template { get; } = TemplateParts.Of(options.Template);

    /// <summary>The word of each label; empty for one that has none.</summary>
    public IReadOnlyList<string> Words { get; } =
        [.. labels.Select(label => options.Verbalizers is { } words ? words.GetValueOrDefault(label, "") : label)];

    /// <summary>The tokens of each label's word, blanks of the template in front; none for a label without a word.</summary>
    public IReadOnlyList<int[]> Tokens => field ??= [.. Words.Select(word => word.Length == 0 ? [] : tokenizer.Encode(Template.Blanks + word).ToArray())];
}
