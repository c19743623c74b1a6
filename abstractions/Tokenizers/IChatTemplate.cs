namespace Tenon;

/// <summary>
/// Turns conversations into the text that a model was trained on, as Hugging Face's <c>apply_chat_template</c> does. Belongs to a
/// tokenizer (<see cref="ITokenizer.ChatTemplate"/>). Thread-safe.
/// </summary>
public interface IChatTemplate
{
    /// <summary>The template in Jinja, as in <c>chat_template.jinja</c>.</summary>
    string Source { get; }

    /// <summary>The template for conversations with tools, in Jinja; by default <see cref="Source"/>.</summary>
    string ToolSource => Source;

    /// <summary>The special token with which replies end; null if they end without one.</summary>
    /// <exception cref="DataException">The template is malformed, or rejects a question with an answer.</exception>
    int? EndOfReply { get; }

    /// <summary>
    /// Renders a conversation. The text contains the special tokens, so it is encoded with <c>recognizeSpecial</c> and without the
    /// tokenizer's frame.
    /// </summary>
    /// <param name="conversation">The conversation.</param>
    /// <param name="addGenerationPrompt">Whether the text ends with the start of the assistant's next message.</param>
    /// <exception cref="DataException">The template is malformed, or rejects the conversation.</exception>
    string Render(Conversation conversation, bool addGenerationPrompt);

    /// <summary>
    /// Encodes a conversation for training, up to the assistant's last message. Targets are what <c>{% generation %}</c> marks;
    /// without marks, the assistant's messages with the tokens that end them. If the template renders an earlier message
    /// differently once others follow it, that message is not a target. <c>strftime_now</c> prints a fixed date, so that batches do
    /// not change from day to day.
    /// </summary>
    /// <param name="conversation">The conversation, with at least one message of the assistant.</param>
    /// <param name="lastOnly">Whether only the last message is a target.</param>
    /// <exception cref="DataException">The template is malformed, rejects the conversation, or omits the assistant's message.</exception>
    ChatTokens Encode(Conversation conversation, bool lastOnly = false);
}

/// <summary>A conversation as token ids.</summary>
/// <param name="Ids">The ids of the whole text.</param>
/// <param name="Learned">For each id, whether it is a training target.</param>
public sealed record ChatTokens(IReadOnlyList<int> Ids, IReadOnlyList<bool> Learned);

/// <summary>The chat template of data with conversations.</summary>
/// <param name="Source">The template in Jinja.</param>
/// <param name="Replaces">Whether it replaces the template of a tokenizer that has one.</param>
public sealed record ChatTemplateChoice(string Source, bool Replaces);
