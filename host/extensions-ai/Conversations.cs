using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;
using AIMessage = Microsoft.Extensions.AI.ChatMessage;

namespace Tenon.Extensions.AI;

/// <summary>Turns the messages of a chat request into a conversation for a chat template.</summary>
internal static class Conversations
{
    /// <summary>Reads messages.</summary>
    /// <param name="messages">The messages.</param>
    /// <param name="instructions">Put before the system text; null for none.</param>
    /// <exception cref="ArgumentException">There are no messages.</exception>
    /// <exception cref="NotSupportedException">A message has another role, or contains something other than text.</exception>
    public static Conversation Of(IEnumerable<AIMessage> messages, string? instructions)
    {
        List<ChatMessage> read = [.. messages.Select(Read)];
        if (read.Count == 0)
            throw new ArgumentException("There are no messages. Pass at least one.", nameof(messages));
        if (string.IsNullOrEmpty(instructions))
            return new Conversation(read);
        // Templates allow one system text, at the start.
        if (read[0] is { Role: ChatMessage.System } system)
            read[0] = system with { Content = $"{instructions}\n{system.Content}" };
        else
            read.Insert(0, new ChatMessage(ChatMessage.System, instructions));
        return new Conversation(read);
    }

    private static ChatMessage Read(AIMessage message)
    {
        string role = ChatMessage.Roles.FirstOrDefault(known => known.Equals(message.Role.Value, StringComparison.OrdinalIgnoreCase))
            ?? throw new NotSupportedException(
                $"A message has the role '{message.Role.Value}'. Allowed: {string.Join(", ", ChatMessage.Roles)}.");
        return new ChatMessage(role, string.Concat(message.Contents.Select(Text)))
        {
            Fields = message.AuthorName is { } author ? new JsonObject { ["name"] = author }.ToJsonString() : null,
        };
    }

    private static string Text(AIContent content) => content switch
    {
        TextContent text => text.Text,
        UsageContent => "", // Numbers of a response that was added to the history.
        _ => throw new NotSupportedException($"A message contains {content.GetType().Name}, which is not supported. Only text is."),
    };
}
