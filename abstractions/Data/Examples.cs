using System.Text;

namespace Tenon;

/// <summary>
/// One training example. Data components yield examples; models turn them into batches. A plugin may derive its own types: the
/// host needs only the texts and the class that they expose.
/// <code>
/// public sealed record LetterExample(string Subject, string Body, int Topic) : Example
/// {
///     public override IEnumerable&lt;string&gt; Texts => [Subject, Body];
///
///     public override int? ClassLabel => Topic;
/// }
/// </code>
/// </summary>
public abstract record Example
{
    /// <summary>The texts in the example, in order; tokenizers are trained on them. Empty unless overridden.</summary>
    public virtual IEnumerable<string> Texts => [];

    /// <summary>
    /// The class of the whole example, an index into <see cref="DataFacts.Labels"/>; null if it has none. Splits are stratified by it.
    /// </summary>
    public virtual int? ClassLabel => null;

    /// <summary>Prints nothing: derived types already print the members from which the texts and the class are taken.</summary>
    /// <param name="builder">Not used.</param>
    /// <returns>False, because nothing was printed.</returns>
    protected virtual bool PrintMembers(StringBuilder builder) => false;
}

/// <summary>A text: a document, a sentence.</summary>
/// <param name="Text">The text; any Unicode, never null.</param>
public sealed record TextExample(string Text) : Example
{
    /// <inheritdoc/>
    public override IEnumerable<string> Texts => [Text];
}

/// <summary>Two texts in order, for next-sentence prediction, entailment or translation.</summary>
/// <param name="First">The first text, or the source.</param>
/// <param name="Second">The second text, or the target.</param>
/// <param name="Label">Index into <see cref="DataFacts.Labels"/>, or null when the pair has none.</param>
public sealed record TextPairExample(string First, string Second, int? Label = null) : Example
{
    /// <inheritdoc/>
    public override IEnumerable<string> Texts => [First, Second];

    /// <inheritdoc/>
    public override int? ClassLabel => Label;
}

/// <summary>A text with a class.</summary>
/// <param name="Text">The text.</param>
/// <param name="Label">Index into <see cref="DataFacts.Labels"/>.</param>
public sealed record LabelledTextExample(string Text, int Label) : Example
{
    /// <inheritdoc/>
    public override IEnumerable<string> Texts => [Text];

    /// <inheritdoc/>
    public override int? ClassLabel => Label;
}

/// <summary>A sentence with a class for each word, such as named entities or parts of speech.</summary>
/// <param name="Words">The words, at least one; never empty strings.</param>
/// <param name="Tags">For each word an index into <see cref="DataFacts.Labels"/>.</param>
public sealed record TokenLabelledExample(IReadOnlyList<string> Words, IReadOnlyList<int> Tags) : Example
{
    /// <summary>The words as one text, separated by spaces.</summary>
    public override IEnumerable<string> Texts => [string.Join(' ', Words)];
}

/// <summary>
/// A question about a passage, which contains the answer as a span of its text or does not answer it (Rajpurkar et al. 2016 and 2018).
/// </summary>
/// <param name="Question">The question.</param>
/// <param name="Passage">The text to search.</param>
/// <param name="Answers">Spans of the passage, each of which is a correct answer; empty if the passage has none.</param>
public sealed record QuestionAnswerExample(string Question, string Passage, IReadOnlyList<AnswerSpan> Answers) : Example
{
    /// <inheritdoc/>
    public override IEnumerable<string> Texts => [Question, Passage];
}

/// <summary>An answer within a passage.</summary>
/// <param name="Start">Index of its first UTF-16 character in the passage.</param>
/// <param name="Text">The text, which the passage contains at that index; never empty.</param>
public sealed record AnswerSpan(int Start, string Text)
{
    /// <summary>Index after its last UTF-16 character.</summary>
    public int End => Start + Text.Length;
}

/// <summary>A prompt with the desired response, for supervised fine-tuning.</summary>
/// <param name="Prompt">The user's text.</param>
/// <param name="Response">The desired answer.</param>
public sealed record PromptExample(string Prompt, string Response) : Example
{
    /// <inheritdoc/>
    public override IEnumerable<string> Texts => [Prompt, Response];
}

/// <summary>
/// A conversation of which the model's replies are training targets (supervised fine-tuning): messages for the tokenizer's chat
/// template, or pieces of text that are already formatted.
/// </summary>
/// <param name="Pieces">In order; at least one is a target. Empty if there is a <see cref="Conversation"/>.</param>
public sealed record ChatExample(IReadOnlyList<ChatPiece> Pieces) : Example
{
    /// <summary>Creates an example from messages.</summary>
    /// <param name="conversation">The messages, at least one of which is the assistant's.</param>
    public ChatExample(Conversation conversation) : this([]) => Conversation = conversation;

    /// <summary>The messages, which the tokenizer's chat template formats; null if the text is in <see cref="Pieces"/>.</summary>
    public Conversation? Conversation { get; init; }

    /// <summary>The texts of the messages, or the pieces as one text.</summary>
    public override IEnumerable<string> Texts => Conversation?.Texts ?? [string.Concat(Pieces.Select(piece => piece.Text))];
}

/// <summary>A piece of a conversation, role markers included. Pieces are tokenized one by one.</summary>
/// <param name="Text">The text.</param>
/// <param name="Learned">Whether its tokens are targets, followed by an end-of-text token.</param>
public sealed record ChatPiece(string Text, bool Learned);

/// <summary>A prompt with a preferred and a rejected response (Ouyang et al. 2022, section 3.2).</summary>
/// <param name="Prompt">The user's text.</param>
/// <param name="Chosen">The response that was preferred.</param>
/// <param name="Rejected">The response that was not preferred.</param>
/// <param name="Margin">The difference in reward; null when unknown.</param>
public sealed record PreferenceExample(string Prompt, string Chosen, string Rejected, double? Margin = null) : Example
{
    /// <summary>
    /// The messages that both responses answer, formatted by the tokenizer's chat template; the responses are then messages of the
    /// assistant, and <see cref="Prompt"/> is empty. Null if the prompt is a text.
    /// </summary>
    public Conversation? Conversation { get; init; }

    /// <inheritdoc/>
    public override IEnumerable<string> Texts => Conversation is { } chat ? [.. chat.Texts, Chosen, Rejected] : [Prompt, Chosen, Rejected];
}

/// <summary>An image with an optional class and caption.</summary>
/// <param name="Image">The pixels.</param>
/// <param name="Label">Index into <see cref="DataFacts.Labels"/>, or null.</param>
/// <param name="Caption">A description, or null.</param>
public sealed record ImageExample(ImagePixels Image, int? Label = null, string? Caption = null) : Example
{
    /// <summary>The caption, if any.</summary>
    public override IEnumerable<string> Texts => Caption is null ? [] : [Caption];

    /// <inheritdoc/>
    public override int? ClassLabel => Label;
}

/// <summary>8-bit pixels of one image, row by row, channels interleaved (height × width × channels).</summary>
/// <param name="Height">Rows, at least 1.</param>
/// <param name="Width">Columns, at least 1.</param>
/// <param name="Channels">1 (gray) or 3 (RGB).</param>
/// <param name="Data">Height × Width × Channels values, 0 … 255.</param>
public sealed record ImagePixels(int Height, int Width, int Channels, ReadOnlyMemory<byte> Data)
{
    /// <summary>Default for the maximum number of pixels of a decoded image: a file of a few kilobytes can claim any size. As in Pillow, 256 MiB of RGB.</summary>
    public const long MostPixels = 89_478_485;

    /// <summary>
    /// Converts the image to a number of channels; returns the same object if it already has that number. Gray is luma (ITU-R
    /// BT.601, section 2.5.1: 0.299 R + 0.587 G + 0.114 B).
    /// </summary>
    /// <param name="channels">1 (gray) or 3 (RGB).</param>
    public ImagePixels WithChannels(int channels)
    {
        if (Channels == channels)
            return this;
        ReadOnlySpan<byte> data = Data.Span;
        byte[] converted = new byte[Height * Width * channels];
        for (int from = 0, to = 0; from < data.Length; from += Channels, to += channels)
        {
            // In 16-bit fixed point; the factors sum to 65536.
            if (channels == 1)
                converted[to] = (byte)((19595 * data[from] + 38470 * data[from + 1] + 7471 * data[from + 2] + 32768) >> 16);
            else
                converted.AsSpan(to, channels).Fill(data[from]);
        }

        return this with { Channels = channels, Data = converted };
    }
}

/// <summary>
/// A block of token ids cut from packed documents. The host tokenizes <see cref="TextExample"/>s, joins them with an
/// end-of-text token in between, and cuts the result into blocks of the length that the model requests
/// (<see cref="ILearnsFromTokens"/>).
/// </summary>
/// <param name="Ids">Token ids, each in [0, vocabulary size).</param>
public sealed record TokenBlock(ReadOnlyMemory<int> Ids) : Example;
