using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;
using Tenon.Host.Inference.Tools;
using AIMessage = Microsoft.Extensions.AI.ChatMessage;

namespace Tenon.Extensions.AI;

/// <summary>Turns the messages of a chat request into a conversation for a chat template.</summary>
internal static class Conversations
{
    /// <summary>Reads messages.</summary>
    /// <param name="messages">The messages.</param>
    /// <param name="instructions">Put before the system text; null for none.</param>
    /// <exception cref="ArgumentException">There are no messages, or a result belongs to no earlier call.</exception>
    /// <exception cref="NotSupportedException">A message has another role, or contents that its role does not have.</exception>
    public static Conversation Of(IEnumerable<AIMessage> messages, string? instructions)
    {
        var functions = new Dictionary<string, string>(StringComparer.Ordinal); // by the ids of their calls
        List<ChatMessage> read = [.. messages.SelectMany(message => Read(message, functions))];
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

    /// <summary>Whether a message contains calls of functions.</summary>
    public static bool HasCalls(AIMessage message) => message.Contents.Any(content => content is FunctionCallContent);

    // A message has the results of all calls of the message before it; templates read them as one message each.
    private static IEnumerable<ChatMessage> Read(AIMessage message, Dictionary<string, string> functions)
    {
        string role = ChatMessage.Roles.FirstOrDefault(known => known.Equals(message.Role.Value, StringComparison.OrdinalIgnoreCase))
            ?? throw new NotSupportedException(
                $"A message has the role '{message.Role.Value}'. Allowed: {string.Join(", ", ChatMessage.Roles)}.");
        // Numbers of a response that was added to the history.
        AIContent[] contents = [.. message.Contents.Where(content => content is not UsageContent)];
        if (role == ToolMessage.Role)
            return contents.Select(content => Result(content, functions));
        FunctionCallContent[] calls = role == ChatMessage.Assistant ? [.. contents.OfType<FunctionCallContent>()] : [];
        string text = string.Concat(contents.Except(calls).Select(content => Text(content, role)));
        var fields = new JsonObject();
        if (message.AuthorName is { } author)
            fields["name"] = author;
        if (calls.Length > 0)
            fields[ToolMessage.Calls] = new JsonArray([.. calls.Select(call => Call(call, functions))]);
        return [new ChatMessage(role, text) { Fields = fields.Count > 0 ? fields.ToJsonString() : null }];
    }

    private static string Text(AIContent content, string role) =>
        content is TextContent text ? text.Text : throw NotIn(content, role, role == ChatMessage.Assistant
            ? "text and calls of functions are" : "text is");

    private static JsonObject Call(FunctionCallContent call, Dictionary<string, string> functions)
    {
        functions[call.CallId] = call.Name;
        return ToolMessage.Call(call.CallId, call.Name, JsonSerializer.SerializeToNode(
            call.Arguments ?? new Dictionary<string, object?>(), AIJsonUtilities.DefaultOptions)!);
    }

    private static ChatMessage Result(AIContent content, Dictionary<string, string> functions)
    {
        if (content is not FunctionResultContent result)
            throw NotIn(content, ToolMessage.Role, "results of functions are");
        string name = functions.GetValueOrDefault(result.CallId) ?? throw new ArgumentException(
            $"A message has the result of the call '{result.CallId}', but no message before it has this call. " +
            (functions.Count == 0 ? "There are no calls." : $"Calls: {string.Join(", ", functions.Keys)}."), nameof(content));
        return new ChatMessage(ToolMessage.Role, Text(result.Result))
        {
            Fields = new JsonObject { [ToolMessage.CallId] = result.CallId, [ToolMessage.Function] = name }.ToJsonString(),
        };
    }

    // As Microsoft.Extensions.AI.OpenAI sends it to a server.
    private static string Text(object? result) => result switch
    {
        null => "",
        string text => text,
        _ => JsonSerializer.Serialize(result, AIJsonUtilities.DefaultOptions),
    };

    private static NotSupportedException NotIn(AIContent content, string role, string allowed) => new(
        $"A message of the role '{role}' contains {content.GetType().Name}, which is not supported. Only {allowed}.");
}
