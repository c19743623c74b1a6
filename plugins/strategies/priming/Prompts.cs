namespace Tenon.Priming;

/// <summary>A prompt in tokens: what stands before the label and, for a model that sees both sides, behind it.</summary>
/// <param name="Before">Tokens before the label.</param>
/// <param name="After">Tokens behind it; empty for a model that reads from left to right.</param>
/// <param name="Examples">How many examples found room.</param>
internal readonly record struct PrimedPrompt(int[] Before, int[] After, int Examples);

/// <summary>What stands around every prompt of a kind of model.</summary>
/// <param name="Start">Tokens at its start.</param>
/// <param name="End">Tokens at its end.</param>
/// <param name="SeesBehind">Whether what the template has behind the label is shown, so that the label is a gap in a text (a cloze).</param>
internal sealed record PromptFrame(int[] Start, int[] End, bool SeesBehind)
{
    /// <summary>A text that goes on with the label (Brown et al. 2020).</summary>
    /// <param name="special">The tokenizer's.</param>
    public static PromptFrame Continued(SpecialTokens special) =>
        new((special.BeginOfText ?? special.EndOfText) is { } begin ? [begin] : [], [], SeesBehind: false);

    /// <summary>A text in which the label is hidden (Schick and Schütze 2021).</summary>
    /// <param name="special">The tokenizer's.</param>
    public static PromptFrame Cloze(SpecialTokens special) =>
        new(special.Classify is { } start ? [start] : [], special.Separator is { } end ? [end] : [], SeesBehind: true);
}

/// <summary>Makes prompts: instructions, examples with their labels, and the text that is asked about.</summary>
internal sealed class Prompts
{
    private const string Text = "{text}";
    private const string Label = "{label}";
    private readonly PrimingOptions _options;
    private readonly ITokenizer _tokenizer;
    private readonly PromptFrame _frame;
    private readonly string[] _words;
    private readonly string _question;
    private readonly string _blanks;
    private readonly string _end;
    private readonly int[] _after;
    private readonly int _room;

    /// <summary>Takes the template apart.</summary>
    /// <param name="options">Template and words.</param>
    /// <param name="tokenizer">The model's.</param>
    /// <param name="labels">Names of the labels.</param>
    /// <param name="frame">What stands around a prompt.</param>
    /// <param name="contextLength">Most tokens of the model.</param>
    /// <exception cref="ModelException">A word is missing or empty, or the words fill the context.</exception>
    public Prompts(PrimingOptions options, ITokenizer tokenizer, IReadOnlyList<string> labels, PromptFrame frame, int contextLength)
    {
        (_options, _tokenizer, _frame) = (options, tokenizer, frame);
        int at = options.Template.IndexOf(Label, StringComparison.Ordinal);
        _question = options.Template[..at].TrimEnd(' ');
        _blanks = options.Template[_question.Length..at];
        _end = options.Template[(at + Label.Length)..];
        _words = [.. labels.Select(label => Word(options, label))];
        Answers = [.. _words.Select(word => tokenizer.Encode(_blanks + word).ToArray())];
        if (Answers.FirstOrDefault(ids => ids.Length == 0) is not null)
            throw new ModelException("A label has no tokens. Give it a word in 'verbalizers'.");
        _after = frame.SeesBehind ? [.. tokenizer.Encode(_end.TrimEnd()), .. frame.End] : [];
        _room = contextLength - Answers.Max(ids => ids.Length) - _after.Length;
        if (_room < frame.Start.Length + 2)
            throw new ModelException($"The labels' words take {Answers.Max(ids => ids.Length)} tokens, and the context length is {contextLength}. Choose shorter words in 'verbalizers', or another model.");
    }

    /// <summary>The tokens of each label's word, blanks of the template in front.</summary>
    public IReadOnlyList<int[]> Answers { get; }

    /// <summary>
    /// The prompt for a text. Examples that find no room in the context are left out, the first ones first; a text that
    /// finds none is cut at its start.
    /// </summary>
    /// <param name="examples">With their labels.</param>
    /// <param name="text">What is asked about.</param>
    public PrimedPrompt For(IReadOnlyList<LabelledTextExample> examples, string text)
    {
        int room = _room - _frame.Start.Length;
        for (int left = examples.Count; ; left--)
        {
            IEnumerable<string> shown = examples.Skip(examples.Count - left).Select(example => Question(example.Text) + _blanks + _words[example.Label] + _end);
            IReadOnlyList<int> ids = _tokenizer.Encode(_options.Instructions + string.Concat(shown) + Question(text));
            if (ids.Count <= room || left == 0)
                return new PrimedPrompt([.. _frame.Start, .. ids.Skip(ids.Count - room)], _after, left);
        }
    }

    private string Question(string text) => _question.Replace(Text, text, StringComparison.Ordinal);

    private static string Word(PrimingOptions options, string label)
    {
        if (options.Verbalizers is not { } words)
            return label;
        return words.TryGetValue(label, out string? word) && word.Length > 0
            ? word
            : throw new ModelException($"'verbalizers' has no word for the label '{label}'. It has words for: {string.Join(", ", words.Keys.Order(StringComparer.Ordinal))}.");
    }
}
