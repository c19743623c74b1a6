using System.Text.Json;
using Tenon.Text.Files;

namespace Tenon.Text.Chat;

/// <summary>A conversation in a file.</summary>
/// <param name="Messages">In order; at least one of the assistant's.</param>
/// <param name="Location">File and line.</param>
internal readonly record struct Conversation(IReadOnlyList<ChatMessage> Messages, string Location);

/// <summary>Reads conversations from JSON Lines.</summary>
/// <param name="options">Names of the fields.</param>
/// <param name="inflated">Decompresses files.</param>
/// <param name="reject">Receives lines that cannot be used.</param>
internal sealed class ChatReader(ChatOptions options, InflatedFiles inflated, Action<DataException> reject)
{
    /// <summary>Extensions of supported files.</summary>
    public static readonly string[] Extensions = [".jsonl", ".ndjson"];

    /// <summary>Reads the conversations of a file in order, without those that are rejected.</summary>
    /// <param name="file">Its path.</param>
    /// <exception cref="DataException">The file has another extension.</exception>
    public List<Conversation> Read(string file)
    {
        if (!Extensions.Contains(FileSelection.Extension(file), StringComparer.Ordinal))
            throw new DataException(
                $"{file}: '{FileSelection.Extension(file)}' is not an extension of JSON Lines. Rename the file to end in " +
                $"{string.Join(" or ", Extensions)}, optionally followed by .gz.");
        var conversations = new List<Conversation>();
        using LineReader lines = LineReader.Open(inflated.Content(file), file);
        while (lines.Read())
        {
            if (lines.IsBlank)
                continue;
            string location = $"{file}:{lines.Number}";
            try
            {
                conversations.Add(new Conversation(Messages(lines.Bytes, location), location));
            }
            catch (DataException fault)
            {
                reject(fault);
            }
        }

        return conversations;
    }

    private ChatMessage[] Messages(ReadOnlySpan<byte> line, string location)
    {
        using JsonDocument document = JsonLine.Parse(line, () => location);
        JsonElement root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object)
            throw new DataException($"{location}: the line is not a JSON object. Each line must be an object with '{options.Messages}', or with '{options.Prompt}' and '{options.Response}'.");
        if (JsonLine.Field(root, options.Messages, () => $"{location}: the line") is not { } messages)
            return [new(ChatRole.User, Text(root, options.Prompt, location)), new(ChatRole.Assistant, Text(root, options.Response, location))];
        if (messages.ValueKind != JsonValueKind.Array)
            throw new DataException($"{location}: '{options.Messages}' is not a list. It must be a list of objects with 'role' and 'content'.");
        ChatMessage[] turns = [.. messages.EnumerateArray().Select(message => new ChatMessage(Role(message, location), Text(message, "content", location)))];
        return turns.Any(message => message.Role == ChatRole.Assistant)
            ? turns
            : throw new DataException($"{location}: no message has the role assistant, so there is nothing to learn. Remove the line or add a response.");
    }

    private ChatRole Role(JsonElement message, string location) => Text(message, "role", location) switch
    {
        "system" => ChatRole.System,
        "user" => ChatRole.User,
        "assistant" => ChatRole.Assistant,
        var other => throw new DataException($"{location}: unknown role '{other}'. Allowed: system, user and assistant."),
    };

    private string Text(JsonElement element, string name, string location)
    {
        if (element.ValueKind == JsonValueKind.Object
            && JsonLine.Field(element, name, () => $"{location}: an object") is { ValueKind: JsonValueKind.String } value)
        {
            return value.GetString()!;
        }

        string found = element.ValueKind == JsonValueKind.Object
            ? string.Join(", ", element.EnumerateObject().Select(property => property.Name).DefaultIfEmpty("no fields")) : "not an object";
        throw new DataException(
            $"{location}: '{name}' has no text (found: {found}). A line needs '{options.Messages}' with 'role' and 'content', or " +
            $"'{options.Prompt}' and '{options.Response}'; the recipe can set other names.");
    }
}
