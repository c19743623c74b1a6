using System.Text.Json;
using Tenon.Text.Chat;
using Tenon.Text.Files;

namespace Tenon.Text.Preferences;

/// <summary>
/// Reads preferences between conversations from JSON Lines, in TRL's formats: either <c>prompt</c>, <c>chosen</c> and <c>rejected</c>
/// are lists of messages, or <c>chosen</c> and <c>rejected</c> are whole conversations that differ in their last message.
/// </summary>
/// <param name="options">Names of the fields.</param>
/// <param name="inflated">Decompresses files.</param>
/// <param name="reject">Receives lines that cannot be used.</param>
internal sealed class PreferenceChats(PreferencesOptions options, InflatedFiles inflated, Action<DataException> reject)
{
    private readonly JsonRecords _records = new(inflated, reject);

    /// <summary>Reads the pairs of a file; null if the responses in its first line are texts, or if it is not JSON Lines.</summary>
    /// <param name="file">Its path.</param>
    public List<Located<PreferenceExample>>? Read(string file) =>
        TableReader.SyntaxOf(file) == TableSyntax.JsonLines && BeginsWithChat(file) ? _records.Read(file, Pair) : null;

    private bool BeginsWithChat(string file)
    {
        using LineReader lines = LineReader.Open(inflated.Content(file), file);
        while (lines.Read())
        {
            if (lines.IsBlank)
                continue;
            try
            {
                using JsonDocument first = JsonLine.Parse(lines.Bytes, () => $"{file}:{lines.Number}");
                return first.RootElement.ValueKind == JsonValueKind.Object
                    && first.RootElement.TryGetProperty(options.Chosen, out JsonElement chosen) && chosen.ValueKind == JsonValueKind.Array;
            }
            catch (DataException)
            {
                return false; // reported when the file is read as a table
            }
        }

        return false;
    }

    private PreferenceExample Pair(JsonElement record, string location)
    {
        IReadOnlyList<ChatMessage> chosen = Messages(options.Chosen), rejected = Messages(options.Rejected);
        int shared = chosen.Zip(rejected).TakeWhile(pair => pair.First == pair.Second).Count();
        if (shared == chosen.Count && shared == rejected.Count)
            throw new DataException(
                $"{location}: the preferred and the rejected response are the same, so there is nothing to learn. Remove the line.");
        IReadOnlyList<ChatMessage> prompt = Field(options.Prompt) switch
        {
            { ValueKind: JsonValueKind.Array } => Messages(options.Prompt),
            { ValueKind: JsonValueKind.String } text when shared == 0 => [new ChatMessage(ChatMessage.User, text.GetString()!)],
            _ => [],
        };
        prompt = [.. prompt, .. chosen.Take(shared)];
        if (prompt.Count == 0)
            throw new DataException($"{location}: there is no message before the responses. Add it to '{options.Prompt}', or " +
                $"to '{options.Chosen}' and '{options.Rejected}'.");
        return new PreferenceExample("", Response(options.Chosen, chosen), Response(options.Rejected, rejected), Margin())
        {
            Conversation = new Conversation(prompt),
        };

        JsonElement? Field(string name) => JsonLine.Field(record, name, () => $"{location}: the line");

        IReadOnlyList<ChatMessage> Messages(string name)
        {
            JsonElement messages = Field(name)
                ?? throw new DataException($"{location}: the line has no field '{name}'. Add it, or set its name in the recipe.");
            return Conversation.Read(messages, tools: null, $"{location}: '{name}'").Messages;
        }

        string Response(string name, IReadOnlyList<ChatMessage> messages) =>
            messages.Count == shared + 1 && messages[shared].Role == ChatMessage.Assistant
                ? messages[shared].Content
                : throw new DataException(
                    $"{location}: '{name}' has {messages.Count - shared} messages after the shared ones; it must have " +
                    "one, the assistant's.");

        double? Margin() => options.Margin is not { } name ? null
            : Field(name) is { ValueKind: JsonValueKind.Number } margin ? margin.GetDouble()
            : throw new DataException($"{location}: the margin '{name}' is not a number.");
    }
}
