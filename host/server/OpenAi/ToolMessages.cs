using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Tenon.Host.Inference.Tools;
using Tenon.Server.Http;

namespace Tenon.Server.OpenAi;

/// <summary>
/// Calls of functions in messages. OpenAI's format has arguments as JSON in a string and results with the id of their call; templates
/// read arguments as objects, and some the name of the function next to its result.
/// </summary>
internal static class ToolMessages
{
    private const string Calls = ToolMessage.Calls;
    private const string CallId = ToolMessage.CallId;

    private static readonly JsonDocumentOptions Unique = new() { AllowDuplicateProperties = false };

    /// <summary>Converts the messages of a conversation for chat templates.</summary>
    /// <param name="conversation">The conversation.</param>
    /// <param name="model">Its model.</param>
    /// <exception cref="ApiException">A call or a result is malformed, or the model's template has no tools.</exception>
    public static Conversation Convert(Conversation conversation, ServedModel model)
    {
        var names = new Dictionary<string, string>(StringComparer.Ordinal); // functions by the ids of their calls
        return conversation with
        {
            Messages = [.. conversation.Messages.Select((message, i) => message.Role switch
            {
                ChatMessage.Assistant => WithCalls(message, $"messages[{i}]", model, names),
                ToolMessage.Role => WithName(message, $"messages[{i}]", names),
                _ => message,
            })],
        };
    }

    /// <summary>A call as part of a message.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="call">The call.</param>
    public static JsonObject Of(string id, ToolCall call) => ToolMessage.Call(id, call.Name, call.Arguments);

    private static ChatMessage WithCalls(ChatMessage message, string place, ServedModel model, Dictionary<string, string> names)
    {
        if (message.Fields is not { } text)
            return message;
        JsonObject fields = JsonNode.Parse(text)!.AsObject();
        // Templates distinguish messages with calls by this field.
        if (fields[Calls] is null or JsonArray { Count: 0 })
            fields.Remove(Calls);
        if (!fields.TryGetPropertyValue(Calls, out JsonNode? found))
            return message with { Fields = fields.ToJsonString() };
        if (!model.Traits.Tools.HasTools)
        {
            throw ApiException.Unsupported("messages", $"{place}: '{Calls}' is not supported by the model '{model.Name}', whose chat " +
                "template has no tools.");
        }

        if (found is not JsonArray calls)
            throw Wrong($"{place}.{Calls}", found, "a list of calls");
        foreach ((int i, JsonNode? call) in calls.Index())
            Convert(call, $"{place}.{Calls}[{i}]", names);
        return message with { Fields = fields.ToJsonString() };
    }

    private static void Convert(JsonNode? call, string place, Dictionary<string, string> names)
    {
        if (call is not JsonObject members || Text(members["id"]) is not { } id || members["function"] is not JsonObject function
            || Text(function["name"]) is not { } name)
            throw Wrong(place, call, "an object with 'id', 'type' and 'function', an object with 'name' and 'arguments'");
        names[id] = name;
        if (function["arguments"] is not JsonObject)
            function["arguments"] = Arguments(function["arguments"], $"{place}.function.arguments");
    }

    private static JsonObject Arguments(JsonNode? found, string place)
    {
        try
        {
            return Text(found) is { } text && JsonText.Fault(Encoding.UTF8.GetBytes(text), out _) is null
                && JsonNode.Parse(text, documentOptions: Unique) is JsonObject arguments
                ? arguments : throw Wrong(place, found, "a text with a JSON object");
        }
        catch (JsonException)
        {
            throw Wrong(place, found, "a text with a JSON object");
        }
    }

    private static ChatMessage WithName(ChatMessage message, string place, Dictionary<string, string> names)
    {
        JsonObject fields = message.Fields is { } text ? JsonNode.Parse(text)!.AsObject() : [];
        if (Text(fields[CallId]) is not { } id || !names.TryGetValue(id, out string? name))
        {
            throw Wrong($"{place}.{CallId}", fields[CallId], names.Count == 0 ? "the id of an earlier call, but there is none"
                : $"the id of an earlier call: {string.Join(", ", names.Keys)}");
        }

        fields[ToolMessage.Function] ??= name;
        return message with { Fields = fields.ToJsonString() };
    }

    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue(out string? text) ? text : null;

    private static ApiException Wrong(string place, JsonNode? found, string allowed) => ApiException.Invalid("messages",
        RequestBody.Wrong(place, JsonSerializer.SerializeToElement(found), allowed).Message);
}
