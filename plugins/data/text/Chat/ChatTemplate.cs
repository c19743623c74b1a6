using System.Text;

namespace Tenon.Text.Chat;

/// <summary>Who says something.</summary>
internal enum ChatRole
{
    /// <summary>Instructions that stand above the conversation.</summary>
    System,

    /// <summary>The person who asks.</summary>
    User,

    /// <summary>The model.</summary>
    Assistant,
}

/// <summary>Something said.</summary>
internal readonly record struct ChatMessage(ChatRole Role, string Content);

/// <summary>From messages to the pieces of an example, with each role's template.</summary>
/// <param name="options">The templates.</param>
internal sealed class ChatTemplate(ChatOptions options)
{
    private const string Content = "{content}";

    /// <summary>The pieces, in which neighbours that are both given, or both learnt, are one: a tokenizer sees as few borders as there are.</summary>
    /// <param name="messages">In order.</param>
    public ChatExample Apply(IEnumerable<ChatMessage> messages)
    {
        var pieces = new List<ChatPiece>();
        var given = new StringBuilder();
        foreach (ChatMessage message in messages)
        {
            string template = Of(message.Role);
            int at = template.IndexOf(Content, StringComparison.Ordinal);
            given.Append(template.AsSpan(0, at));
            string said = message.Content + template[(at + Content.Length)..];
            if (message.Role != ChatRole.Assistant)
            {
                given.Append(said);
                continue;
            }

            if (given.Length > 0)
                pieces.Add(new ChatPiece(given.ToString(), Learnt: false));
            given.Clear();
            pieces.Add(new ChatPiece(said, Learnt: true));
        }

        // What a user says last has no answer to learn.
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
