using System.Text.Encodings.Web;
using System.Text.Json;
using Tenon.Host.Native;
using Tenon.Host.Plugins.Loading;

namespace Tenon.Cli.Commands.Files;

/// <summary>Reads conversations to continue, and writes dialogues: JSON Lines in OpenAI's format, <c>{"messages": [{"role": …, "content": …}, …]}</c>.</summary>
internal static class ConversationFile
{
    private static readonly JsonSerializerOptions Json =
        new(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Reads the conversations of a file in order.</summary>
    /// <param name="path">The file, or - for standard input.</param>
    /// <exception cref="OptionsException">The file does not exist or is empty.</exception>
    /// <exception cref="DataException">A line is not a conversation.</exception>
    public static IReadOnlyList<Conversation> Read(string path)
    {
        bool isStandard = path == InputFile.StandardInput;
        if (!isStandard && !File.Exists(path))
            throw new OptionsException($"The conversation file '{path}' does not exist. Pass a JSON Lines file, or - for standard " +
                "input.");
        string name = isStandard ? "standard input" : path;
        List<Conversation> conversations = [];
        using var lines = new LineReader(isStandard ? System.Console.OpenStandardInput() : File.OpenRead(path), name);
        while (lines.Read())
        {
            if (!lines.IsBlank)
                conversations.Add(Read(lines.Bytes, $"{name}:{lines.Number}"));
        }

        return conversations.Count > 0 ? conversations : throw new OptionsException($"'{name}' is empty. Write one conversation per line.");
    }

    /// <summary>Writes a conversation as the only line of a file.</summary>
    /// <param name="path">The file, in an existing folder; replaced if it exists.</param>
    /// <param name="messages">Its messages.</param>
    public static void Write(string path, IReadOnlyList<ChatMessage> messages) => Durable.WriteText(path, JsonSerializer.Serialize(
        new { messages = messages.Select(message => new { message.Role, message.Content }) }, Json) + "\n");

    private static Conversation Read(ReadOnlySpan<byte> line, string location)
    {
        using JsonDocument document = JsonLine.Parse(line, () => location);
        JsonElement root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object || Field("messages") is not { } messages)
            throw new DataException($"{location}: the line is not an object with 'messages'. Each line must be {{\"messages\": " +
                "[{\"role\": \"user\", \"content\": \"…\"}]}.");
        Conversation conversation = Conversation.Read(messages, Field("tools"), $"{location}: 'messages'");
        return conversation.Messages[^1].Role != ChatMessage.Assistant ? conversation : throw new DataException(
            $"{location}: the last message is the assistant's, so there is nothing to answer. Remove it, or add a user message.");

        JsonElement? Field(string name) => JsonLine.Field(root, name, () => $"{location}: the line");
    }
}
