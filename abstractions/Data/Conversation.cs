using System.Text.Json;
using System.Text.Json.Nodes;

namespace Tenon;

/// <summary>A conversation before a chat template turns it into text (<see cref="IChatTemplate"/>).</summary>
/// <param name="Messages">The messages in order, at least one.</param>
public sealed record Conversation(IReadOnlyList<ChatMessage> Messages)
{
    /// <summary>The tools that the model may call, as a JSON array in OpenAI's format; null for none.</summary>
    public string? Tools { get; init; }

    /// <summary>The texts of the messages in order.</summary>
    public IEnumerable<string> Texts => Messages.Select(message => message.Content);

    /// <summary>Reads messages in OpenAI's format: a list of objects with <c>role</c> and <c>content</c>.</summary>
    /// <param name="messages">The list.</param>
    /// <param name="tools">The tools, or null.</param>
    /// <param name="location">File, line and field, for errors.</param>
    /// <exception cref="DataException">The list is malformed, or a message is not text.</exception>
    public static Conversation Read(JsonElement messages, JsonElement? tools, string location)
    {
        if (messages.ValueKind != JsonValueKind.Array || messages.GetArrayLength() == 0)
            throw new DataException($"{location} is not a list of messages. It must be a list of objects with 'role' and 'content'.");
        if (tools is { ValueKind: not (JsonValueKind.Array or JsonValueKind.Null) })
            throw new DataException($"{location}: 'tools' is not a list. It must be a list of objects that describe functions.");
        return new Conversation([.. messages.EnumerateArray().Select((message, i) => ChatMessage.Read(message, $"{location}[{i}]"))])
        {
            Tools = tools is { ValueKind: JsonValueKind.Array } list ? list.GetRawText() : null,
        };
    }
}

/// <summary>A message of a conversation.</summary>
/// <param name="Role">The author: one of <see cref="Roles"/>. A template may not support all of them.</param>
/// <param name="Content">The text; empty for a message that only calls tools.</param>
public sealed record ChatMessage(string Role, string Content)
{
    /// <summary>The role of instructions before the conversation.</summary>
    public const string System = "system";

    /// <summary>The role of the user.</summary>
    public const string User = "user";

    /// <summary>The role of the model.</summary>
    public const string Assistant = "assistant";

    /// <summary>The known roles.</summary>
    public static IReadOnlyList<string> Roles { get; } = [System, "developer", User, Assistant, "tool"];

    /// <summary>
    /// Further fields of the message as a JSON object (<c>tool_calls</c>, <c>name</c>), which templates can read; null for none.
    /// </summary>
    public string? Fields { get; init; }

    internal static ChatMessage Read(JsonElement message, string location)
    {
        if (message.ValueKind != JsonValueKind.Object)
            throw new DataException($"{location} is not an object. Each message must be an object with 'role' and 'content'.");
        string? role = JsonLine.Field(message, "role", () => location) is { ValueKind: JsonValueKind.String } name
            ? name.GetString() : null;
        if (role is null || !Roles.Contains(role, StringComparer.Ordinal))
            throw new DataException($"{location}: {(role is null ? "there is no 'role'" : $"unknown role '{role}'")}. " +
                $"Allowed: {string.Join(", ", Roles)}.");
        var more = new JsonObject(message.EnumerateObject().Where(field => field.Name is not ("role" or "content"))
            .DistinctBy(field => field.Name).Select(field => KeyValuePair.Create(field.Name, JsonNode.Parse(field.Value.GetRawText()))));
        JsonElement? content = JsonLine.Field(message, "content", () => location);
        bool calls = role == Assistant && more["tool_calls"] is JsonArray { Count: > 0 };
        return new ChatMessage(role, calls && content is null or { ValueKind: JsonValueKind.Null } ? "" : Text(content, location))
        {
            Fields = more.Count > 0 ? more.ToJsonString() : null,
        };
    }

    // A string, or a list of parts of the form {"type": "text", "text": "…"}.
    private static string Text(JsonElement? content, string location) => content switch
    {
        { ValueKind: JsonValueKind.String } text => text.GetString()!,
        { ValueKind: JsonValueKind.Array } parts => string.Concat(parts.EnumerateArray().Select(part =>
            part.ValueKind == JsonValueKind.Object && part.TryGetProperty("text", out JsonElement text)
                && text.ValueKind == JsonValueKind.String
                ? text.GetString()
                : throw new DataException($"{location}: 'content' has a part that is not text: {Shorten(part.GetRawText())}. " +
                    $"Only text is supported."))),
        null => throw new DataException($"{location}: there is no 'content'. Add the text of the message."),
        { } other => throw new DataException($"{location}: 'content' is {Shorten(other.GetRawText())}. It must be a string or " +
            $"a list of text parts."),
    };

    private static string Shorten(string json) => json.Length <= 60 ? json : $"{json[..60]}…";
}
