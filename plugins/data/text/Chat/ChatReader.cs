using System.Text.Json;
using Tenon.Text.Files;

namespace Tenon.Text.Chat;

/// <summary>Reads conversations in the formats of OpenAI, ShareGPT and Alpaca, and prompts with responses.</summary>
/// <param name="options">Names of the fields.</param>
/// <param name="inflated">Decompresses files.</param>
/// <param name="reject">Receives conversations that cannot be used.</param>
internal sealed class ChatReader(ChatOptions options, InflatedFiles inflated, Action<DataException> reject)
{
    // The authors in ShareGPT's format.
    private static readonly Dictionary<string, string> Authors = new(StringComparer.Ordinal)
    {
        ["system"] = ChatMessage.System,
        ["human"] = ChatMessage.User,
        ["user"] = ChatMessage.User,
        ["gpt"] = ChatMessage.Assistant,
        ["chatgpt"] = ChatMessage.Assistant,
        ["assistant"] = ChatMessage.Assistant,
        ["tool"] = "tool",
        ["observation"] = "tool",
    };

    private readonly JsonRecords _records = new(inflated, reject);

    /// <summary>Reads the conversations of a file in order, without those that are rejected.</summary>
    /// <param name="file">Its path.</param>
    /// <exception cref="DataException">The file has another extension, or is not a JSON list.</exception>
    public List<Located<ChatExample>> Read(string file) => _records.Read(file, Example);

    private ChatExample Example(JsonElement record, string location)
    {
        Conversation conversation = Convert(record, location);
        return conversation.Messages.Any(message => message.Role == ChatMessage.Assistant)
            ? new ChatExample(conversation)
            : throw new DataException(
                $"{location}: no message has the role assistant, so there is nothing to learn. Remove the conversation or add a " +
                "response.");
    }

    private Conversation Convert(JsonElement record, string location)
    {
        if (Field("messages") is { } messages)
            return Conversation.Read(messages, Field("tools"), $"{location}: 'messages'");
        if (Field("conversations") is { } turns)
            return new Conversation([.. System(), .. Turns(turns, $"{location}: 'conversations'")]);
        if (Field("instruction") is not null)
        {
            string instruction = Text("instruction");
            string input = Field("input") is null or { ValueKind: JsonValueKind.Null } ? "" : Text("input");
            return new Conversation([
                .. System(), new ChatMessage(ChatMessage.User, input.Length > 0 ? $"{instruction}\n\n{input}" : instruction),
                new ChatMessage(ChatMessage.Assistant, Text("output"))]);
        }

        if (Field(options.Prompt) is not null || Field(options.Response) is not null)
            return new Conversation(
                [new ChatMessage(ChatMessage.User, Text(options.Prompt)), new ChatMessage(ChatMessage.Assistant, Text(options.Response))]);
        string found = string.Join(", ", record.EnumerateObject().Select(property => property.Name).DefaultIfEmpty("none"));
        throw new DataException(
            $"{location}: not a conversation (fields: {found}). It needs 'messages', 'conversations', 'instruction' and 'output', or " +
            $"'{options.Prompt}' and '{options.Response}'; the recipe can set other names of the last two.");

        JsonElement? Field(string name) => JsonLine.Field(record, name, () => $"{location}: the conversation");

        string Text(string name) => Field(name) is { ValueKind: JsonValueKind.String } value
            ? value.GetString()!
            : throw new DataException(
                $"{location}: '{name}' {(Field(name) is { } other ? $"is {other.GetRawText()}" : "is missing")}. It must be a string.");

        ChatMessage[] System() =>
            Field("system") is { ValueKind: JsonValueKind.String } system && system.GetString() is { Length: > 0 } text
            ? [new ChatMessage(ChatMessage.System, text)] : [];
    }

    private static IEnumerable<ChatMessage> Turns(JsonElement turns, string location)
    {
        if (turns.ValueKind != JsonValueKind.Array || turns.GetArrayLength() == 0)
            throw new DataException($"{location} is not a list of messages. It must be a list of objects with 'from' and 'value'.");
        // Some files have OpenAI's messages under ShareGPT's name.
        if (turns[0].ValueKind == JsonValueKind.Object && turns[0].TryGetProperty("role", out _))
            return Conversation.Read(turns, null, location).Messages;
        return turns.EnumerateArray().Select((turn, i) =>
        {
            if (turn.ValueKind != JsonValueKind.Object || Text(turn, "from") is not { } author || Text(turn, "value") is not { } content)
                throw new DataException($"{location}[{i}] is not an object with the strings 'from' and 'value'. Correct it.");
            return Authors.TryGetValue(author, out string? role)
                ? new ChatMessage(role, content)
                : throw new DataException($"{location}[{i}]: unknown author '{author}'. Allowed: {string.Join(", ", Authors.Keys)}.");
        });

        string? Text(JsonElement turn, string name) =>
            JsonLine.Field(turn, name, () => location) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;
    }
}
