using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;
using Tenon.Host.Inference.Tools;

namespace Tenon.Extensions.AI;

/// <summary>The functions in the options of a chat request.</summary>
internal static class ChatTools
{
    private const string Strict = "strict"; // as in Microsoft.Extensions.AI.OpenAI

    /// <summary>Reads the functions; null if the reply has no calls.</summary>
    /// <param name="options">The options.</param>
    /// <param name="template">What the model's chat template knows of functions.</param>
    /// <param name="name">Name of the model.</param>
    /// <exception cref="NotSupportedException">The model's template has no tools, or a tool is not a function.</exception>
    /// <exception cref="ArgumentException">A call is required of a function that is missing, or two have the same name.</exception>
    public static ToolUse? Read(ChatOptions options, ToolTemplate template, string name)
    {
        var forced = options.ToolMode as RequiredChatToolMode;
        if (options.Tools is not { Count: > 0 } list)
        {
            return forced is null ? null : throw new ArgumentException(
                $"'{nameof(options.ToolMode)}' requires a call, but there are no '{nameof(options.Tools)}'. Add functions, or remove it.",
                nameof(options));
        }

        if (template.Calls is not { } syntax)
            throw new NotSupportedException(template.Refusal(nameof(options.Tools), name));
        AIFunctionDeclaration[] functions = [.. list.Select(tool => Function(tool, isForced: forced is not null))];
        Tool[] tools = [.. functions.Select(function => new Tool(
            function.Name, Schema(function).GetRawText(), $"{nameof(options.Tools)}: {function.Name}"))];
        if (ToolUse.RepeatedName(tools) is { } twice)
            throw new ArgumentException($"'{nameof(options.Tools)}' has several functions with the name '{twice}'.", nameof(options));
        Tool[] callable = forced?.RequiredFunctionName is not { } wanted ? tools
            : tools.FirstOrDefault(tool => tool.Name == wanted) is { } named ? [named]
            : throw new ArgumentException(
                ToolUse.Unknown(nameof(options.ToolMode), wanted, nameof(options.Tools), tools), nameof(options));
        if (options.ToolMode is NoneChatToolMode)
            return null;
        bool allowsSeveral = (options.AllowMultipleToolCalls ?? true) && forced?.RequiredFunctionName is null;
        return new ToolUse(Describe(functions), syntax, callable, forced is not null, allowsSeveral);
    }

    /// <summary>A call that a model wrote, as a part of a message.</summary>
    /// <param name="call">The call.</param>
    public static FunctionCallContent Content(ToolCall call) =>
        // A model can write names and texts that are not valid; the content then has the fault.
        FunctionCallContent.CreateFromParsedArguments(call.Arguments, ToolMessage.NewId(), call.Name, Arguments);

    private static Dictionary<string, object?>? Arguments(string json) =>
        JsonText.Fault(Encoding.UTF8.GetBytes(json), out _) is { } fault ? throw new JsonException(fault)
            : JsonSerializer.Deserialize<Dictionary<string, object?>>(json, AIJsonUtilities.DefaultOptions);

    private static AIFunctionDeclaration Function(AITool tool, bool isForced)
    {
        if (tool is not AIFunctionDeclaration function)
        {
            throw new NotSupportedException($"'{nameof(ChatOptions.Tools)}' contains {tool.GetType().Name} ('{tool.Name}'), which is " +
                "not supported. Only functions are.");
        }

        if (!isForced && function.AdditionalProperties.TryGetValue(Strict, out object? strict) && strict is true)
        {
            throw new NotSupportedException($"'{Strict}' of the function '{function.Name}' is supported only with a '" +
                $"{nameof(ChatOptions.ToolMode)}' that requires a call, whose arguments always match the schema. Remove it.");
        }

        return function;
    }

    // The schemas {} and true allow any arguments.
    private static JsonElement Schema(AIFunctionDeclaration function) =>
        function.JsonSchema.ValueKind == JsonValueKind.Object ? function.JsonSchema : JsonElement.Parse("{}");

    private static string Describe(IEnumerable<AIFunctionDeclaration> functions) =>
        new JsonArray([.. functions.Select(Describe)]).ToJsonString();

    private static JsonObject Describe(AIFunctionDeclaration function)
    {
        var described = new JsonObject { ["name"] = function.Name };
        if (function.Description.Length > 0)
            described["description"] = function.Description;
        described["parameters"] = JsonNode.Parse(Schema(function).GetRawText());
        return new JsonObject { ["type"] = "function", ["function"] = described };
    }
}
