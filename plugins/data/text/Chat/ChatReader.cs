using System.Text.Json;
using Tenon.Text.Files;

namespace Tenon.Text.Chat;

/// <summary>Reads conversations from JSON Lines.</summary>
/// <param name="options">Names of the fields.</param>
/// <param name="inflated">Inflates compressed files.</param>
internal sealed class ChatReader(ChatOptions options, InflatedFiles inflated)
{
    /// <summary>Endings of the files that can be read.</summary>
    public static readonly string[] Endings = [".jsonl", ".ndjson"];

    /// <summary>The conversations of a file in its order, each with at least one message of the assistant.</summary>
    /// <param name="file">Its path.</param>
    /// <exception cref="DataException">A line is malformed, or has nothing to learn.</exception>
    public List<IReadOnlyList<ChatMessage>> Read(string file)
    {
        if (!Endings.Contains(FileSelection.Ending(file), StringComparer.Ordinal))
            throw new DataException($"{file}: '{FileSelection.Ending(file)}' does not say that the file is JSON Lines. Rename it so that it ends in {string.Join(" or ", Endings)}, or one of them and .gz.");
        var conversations = new List<IReadOnlyList<ChatMessage>>();
        LineScanner.Scan(inflated.Content(file), file, line =>
        {
            if (!LineScanner.IsBlank(line.Bytes))
                conversations.Add(Conversation(line.Bytes.ToArray(), $"{file}:{line.Number}"));
        });
        return conversations.Count > 0 ? conversations : throw new DataException($"'{file}' has no lines. Leave it out, or put conversations into it.");
    }

    private ChatMessage[] Conversation(byte[] line, string place)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(line);
            JsonElement root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
                throw new DataException($"{place}: the line is no JSON object. Each line is an object with '{options.Messages}', or with '{options.Prompt}' and '{options.Response}'.");
            if (!root.TryGetProperty(options.Messages, out JsonElement messages))
                return [new(ChatRole.User, Text(root, options.Prompt, place)), new(ChatRole.Assistant, Text(root, options.Response, place))];
            if (messages.ValueKind != JsonValueKind.Array)
                throw new DataException($"{place}: '{options.Messages}' is no list. It has to be a list of objects with 'role' and 'content'.");
            ChatMessage[] said = [.. messages.EnumerateArray().Select(message => new ChatMessage(Role(message, place), Text(message, "content", place)))];
            return said.Any(message => message.Role == ChatRole.Assistant)
                ? said
                : throw new DataException($"{place}: no message is the assistant's, so there is nothing to learn. Drop the line, or add the answer.");
        }
        catch (JsonException e)
        {
            throw new DataException($"{place}: the line is no JSON: {e.Message} Each line has to be one JSON object.", e);
        }
    }

    private ChatRole Role(JsonElement message, string place) => Text(message, "role", place) switch
    {
        "system" => ChatRole.System,
        "user" => ChatRole.User,
        "assistant" => ChatRole.Assistant,
        var other => throw new DataException($"{place}: the role '{other}' is not known. Roles are system, user and assistant."),
    };

    private string Text(JsonElement element, string name, string place)
    {
        if (element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String)
            return value.GetString()!;
        string found = element.ValueKind == JsonValueKind.Object
            ? string.Join(", ", element.EnumerateObject().Select(property => property.Name).DefaultIfEmpty("no fields")) : "no object";
        throw new DataException(
            $"{place}: there is no text in '{name}' (found: {found}). A line has '{options.Messages}' with 'role' and 'content', or '{options.Prompt}' and '{options.Response}'; other names can be set in the recipe.");
    }
}
