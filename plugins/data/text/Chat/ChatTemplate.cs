using System.Text;

namespace Tenon.Text.Chat;

/// <summary>The author of a message.</summary>
internal enum ChatRole
{
    /// <summary>Instructions before the conversation.</summary>
    System,

    /// <summary>The user.</summary>
    User,

    /// <summary>The model.</summary>
    Assistant,
}

/// <summary>A message.</summary>
internal readonly record struct ChatMessage(ChatRole Role, string Content);

/// <summary>Formats messages as the segments of an example, with each role's template.</summary>
/// <param name="options">The templates.</param>
internal sealed class ChatTemplate(ChatOptions options)
{
    private const string Content = "{content}";

    /// <summary>
    /// Returns the segments. Neighbors that are both context, or both trained, are merged, so that the tokenizer sees as few boundaries
    /// as possible.
    /// </summary>
    /// <param name="messages">The messages in order.</param>
    public ChatExample Apply(IEnumerable<ChatMessage> messages)
    {
        var pieces = new List<ChatPiece>();
        var given = new StringBuilder();
        foreach (ChatMessage message in messages)
        {
            string template = Of(message.Role);
            int at = template.IndexOf(Content, StringComparison.Ordinal);
            given.Append(template.AsSpan(0, at));
            string learned = message.Content + template[(at + Content.Length)..];
            if (message.Role != ChatRole.Assistant)
            {
                given.Append(learned);
                continue;
            }

            if (given.Length > 0)
                pieces.Add(new ChatPiece(given.ToString(), Learned: false));
            given.Clear();
            pieces.Add(new ChatPiece(learned, Learned: true));
        }

        // A final user message has no response to learn.
        return new ChatExample(pieces);
    }

    private string Of(ChatRole role) => role switch
    {
        ChatRole.System => options.System,
        ChatRole.User => options.User,
        ChatRole.Assistant => options.Assistant,
        _ => throw new ArgumentOutOfRangeException(nameof(role), role, null),
    };
}
