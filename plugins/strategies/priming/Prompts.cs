namespace Tenon.Priming;

/// <summary>A tokenized prompt: the tokens before the label and, for a bidirectional model, after it.</summary>
/// <param name="Before">Tokens before the label.</param>
/// <param name="After">Tokens after the label, or the end of a source; empty for a model without an encoder that continues texts.</param>
/// <param name="Examples">Number of examples that fit.</param>
internal readonly record struct PrimedPrompt(int[] Before, int[] After, int Examples);

/// <summary>The tokens around every prompt for a kind of model.</summary>
/// <param name="Start">Tokens at its start.</param>
/// <param name="End">Tokens at its end.</param>
/// <param name="ShowsEnd">Whether the template's text after the label is part of the prompt, so that the label is a mask within
/// a text (a cloze).</param>
internal sealed record PromptFrame(int[] Start, int[] End, bool ShowsEnd)
{
    /// <summary>The tokens around the prompts of a model.</summary>
    /// <param name="model">Predicts the next token or masked tokens.</param>
    /// <param name="tokenizer">The model's device.</param>
    public static PromptFrame Of(ILanguageModel model, ITokenizer tokenizer) =>
        model is IEncoderDecoder encoder ? Source(encoder, tokenizer)
        : model is ICausalLanguageModel ? Continued(tokenizer) : Cloze(tokenizer);

    /// <summary>A source text whose target is the label (Raffel et al. 2019).</summary>
    /// <param name="model">Has an encoder.</param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    public static PromptFrame Source(IEncoderDecoder model, ITokenizer tokenizer)
    {
        IReadOnlyList<int> empty = model.EncodeSource("", tokenizer);
        int before = tokenizer.Frame().Before.Count;
        return new PromptFrame([.. empty.Take(before)], [.. empty.Skip(before)], ShowsEnd: false);
    }

    /// <summary>
    /// A text that the label continues (Brown et al. 2020). If the tokenizer does not add tokens, the prompt starts with the
    /// token that separates documents.
    /// </summary>
    /// <param name="tokenizer">The model's device.</param>
    public static PromptFrame Continued(ITokenizer tokenizer)
    {
        IReadOnlyList<int> before = tokenizer.Frame().Before;
        int? between = tokenizer.Special.BeginOfText ?? tokenizer.Special.EndOfText;
        return new PromptFrame([.. before.Count == 0 && between is { } begin ? [begin] : before], [], ShowsEnd: false);
    }

    /// <summary>A text in which the label is masked (Schick and Schütze 2021).</summary>
    /// <param name="tokenizer">The model's device.</param>
    public static PromptFrame Cloze(ITokenizer tokenizer)
    {
        TokenFrame frame = tokenizer.Frame();
        return new PromptFrame([.. frame.Before], [.. frame.After], ShowsEnd: true);
    }
}

/// <summary>Builds prompts: instructions, examples with their labels, and the text to classify.</summary>
internal sealed class Prompts
{
    private const string Text = "{text}";
    private readonly PrimingOptions _options;
    private readonly ITokenizer _tokenizer;
    private readonly PromptFrame _frame;
    private readonly LabelWords _words;
    private readonly int[] _after;
    private readonly int _room;

    /// <summary>Measures the room that the template leaves for examples and text.</summary>
    /// <param name="options">Template and instructions.</param>
    /// <param name="tokenizer">The model's device.</param>
    /// <param name="words">The labels' words.</param>
    /// <param name="frame">The tokens around a prompt.</param>
    /// <param name="contextLength">The model's context length.</param>
    public Prompts(PrimingOptions options, ITokenizer tokenizer, LabelWords words, PromptFrame frame, int contextLength)
    {
        (_options, _tokenizer, _words, _frame) = (options, tokenizer, words, frame);
        _after = [.. frame.ShowsEnd ? tokenizer.Encode(words.Template.End.TrimEnd()) : [], .. frame.End];
        _room = contextLength - words.Tokens.Max(ids => ids.Length) - _after.Length;
    }

    /// <summary>Whether at least one token of a text fits besides the longest label word.</summary>
    public bool HasRoom => _room >= _frame.Start.Length + 2;

    /// <summary>
    /// The prompt for a text. Examples that do not fit in the context are dropped, starting with the first; a text that does not
    /// fit is truncated at its start.
    /// </summary>
    /// <param name="examples">Examples with their labels.</param>
    /// <param name="text">The text to classify.</param>
    public PrimedPrompt For(IReadOnlyList<LabelledTextExample> examples, string text)
    {
        int room = _room - _frame.Start.Length;
        for (int left = examples.Count; ; left--)
        {
            IEnumerable<string> shown = examples.Skip(examples.Count - left)
                .Select(example => Question(example.Text) + _words.Template.Blanks + _words.Words[example.Label] + _words.Template.End);
            IReadOnlyList<int> ids = _tokenizer.Encode(_options.Instructions + string.Concat(shown) + Question(text));
            if (ids.Count <= room || left == 0)
                return new PrimedPrompt([.. _frame.Start, .. ids.Skip(ids.Count - room)], _after, left);
        }
    }

    private string Question(string text) => _words.Template.Question.Replace(Text, text, StringComparison.Ordinal);
}
