using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Tenon.Host.Inference.Tools;
using Tenon.Host.Plugins.Loading;
using Tenon.Server.Http;

namespace Tenon.Server.OpenAi;

/// <summary>The fields <c>tools</c>, <c>tool_choice</c> and <c>parallel_tool_calls</c>.</summary>
internal static partial class ToolFields
{
    private const int MostTools = 128;
    private const string Function = "function";
    private const string None = "none", Auto = "auto", Required = "required";

    private static readonly StructuredField Tools = new("tools", DescribeTools, "Functions that the model may call.");
    private static readonly StructuredField Choice = new(
        "tool_choice",
        () => JsonSchemas.AnyOf(JsonSchemas.OneOf(None, Auto, Required), JsonSchemas.Object(
            ("type", JsonSchemas.OneOf(Function)), (Function, JsonSchemas.Object(("name", JsonSchemas.Text()))))),
        "Whether the model calls functions: never, if it wants to, at least one, or the named one.");

    private static readonly FlagField Parallel = new("parallel_tool_calls", "Whether a reply may have several calls.") { Default = true };

    /// <summary>All fields.</summary>
    public static IReadOnlyList<RequestField> All { get; } = [Tools, Choice, Parallel];

    /// <summary>Reads the fields; null if the reply has no calls.</summary>
    /// <param name="body">The request.</param>
    /// <param name="model">Its model.</param>
    /// <exception cref="ApiException">A value is not allowed, or the model's template has no tools.</exception>
    public static ToolUse? Read(RequestBody body, ServedModel model)
    {
        if (Tools.Read(body) is not { } list || (list.ValueKind == JsonValueKind.Array && list.GetArrayLength() == 0))
        {
            return Choice.Read(body) is null ? null : throw ApiException.Invalid(
                Choice.Name, $"'{Choice.Name}' is allowed only with '{Tools.Name}'. Remove it, or add functions.");
        }

        if (model.Traits.Tools.Calls is not { } syntax)
            throw ApiException.Unsupported(Tools.Name, model.Traits.Tools.Refusal(Tools.Name, model.Name));
        Tool[] tools = ReadTools(list);
        (string choice, Tool[] callable) = ReadChoice(body, tools);
        bool isForced = choice is not (None or Auto);
        CheckStrict(list, isForced);
        bool allowsSeveral = (Parallel.Read(body) ?? true) && choice != Function;
        return choice == None ? null : new ToolUse(list.GetRawText(), syntax, callable, isForced, allowsSeveral);
    }

    /// <summary>Applies functions to the options of a reply.</summary>
    /// <param name="tools">The functions.</param>
    /// <param name="sampling">The options.</param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <exception cref="ApiException">A schema is not supported, or the request sets another form.</exception>
    /// <exception cref="ModelException">The tokenizer does not know the bytes of its tokens.</exception>
    public static SamplingOptions Apply(ToolUse tools, SamplingOptions sampling, ITokenizer tokenizer)
    {
        if (sampling.Format is not null)
        {
            throw ApiException.Unsupported(ResponseFormat.Field.Name, $"'{ResponseFormat.Field.Name}' is supported with " +
                $"'{Tools.Name}' only if '{Choice.Name}' is \"{None}\". Remove one of them.");
        }

        try
        {
            return tools.Apply(sampling, tokenizer);
        }
        catch (OptionsException wrong)
        {
            throw ApiException.Invalid(Tools.Name, wrong.Message);
        }
    }

    private static Tool[] ReadTools(JsonElement list)
    {
        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() > MostTools)
            throw RequestBody.Wrong(Tools.Name, list, $"a list of up to {MostTools} functions");
        Tool[] tools = [.. list.EnumerateArray().Select(ReadTool)];
        return ToolUse.RepeatedName(tools) is not { } twice ? tools
            : throw ApiException.Invalid(Tools.Name, $"'{Tools.Name}' has several functions with the name '{twice}'.");
    }

    private static Tool ReadTool(JsonElement tool, int index)
    {
        string place = $"{Tools.Name}[{index}]";
        if (tool.ValueKind != JsonValueKind.Object || !IsText(tool, "type", out string type) || type != Function
            || !tool.TryGetProperty(Function, out JsonElement function) || function.ValueKind != JsonValueKind.Object)
            throw Wrong(place, tool, $"an object with 'type': \"{Function}\" and '{Function}'");
        if (!IsText(function, "name", out string name) || !FunctionName().IsMatch(name))
            throw Wrong($"{place}.{Function}", function, "an object with 'name', up to 64 letters, digits, underscores and hyphens");
        place = $"{place}.{Function}.parameters";
        if (!function.TryGetProperty("parameters", out JsonElement schema) || schema.ValueKind == JsonValueKind.Null)
            return new Tool(name, null, place);
        return schema.ValueKind == JsonValueKind.Object
            ? new Tool(name, schema.GetRawText(), place) : throw Wrong(place, schema, "a JSON Schema of an object");
    }

    // The kind of choice, and the functions that may be called.
    private static (string Choice, Tool[] Callable) ReadChoice(RequestBody body, Tool[] tools)
    {
        const string Allowed = $"\"{None}\", \"{Auto}\", \"{Required}\", or an object with 'type': \"{Function}\" and " +
            $"'{Function}', an object with 'name'";
        if (Choice.Read(body) is not { } choice)
            return (Auto, tools);
        if (choice.ValueKind == JsonValueKind.String && choice.GetString() is None or Auto or Required)
            return (choice.GetString()!, tools);
        if (choice.ValueKind != JsonValueKind.Object || !IsText(choice, "type", out string type) || type != Function
            || !choice.TryGetProperty(Function, out JsonElement function) || function.ValueKind != JsonValueKind.Object
            || !IsText(function, "name", out string name))
            throw RequestBody.Wrong(Choice.Name, choice, Allowed);
        Tool named = tools.FirstOrDefault(tool => tool.Name == name)
            ?? throw ApiException.Invalid(Choice.Name, ToolUse.Unknown(Choice.Name, name, Tools.Name, tools));
        return (Function, [named]);
    }

    private static void CheckStrict(JsonElement list, bool isForced)
    {
        foreach ((int index, JsonElement tool) in list.EnumerateArray().Index())
        {
            if (!isForced && tool.GetProperty(Function).TryGetProperty("strict", out JsonElement strict)
                && strict.ValueKind == JsonValueKind.True)
            {
                throw ApiException.Unsupported(Tools.Name, $"'{Tools.Name}[{index}].{Function}.strict' is supported only with " +
                    $"'{Choice.Name}': \"{Required}\" or a named function, whose arguments always match the schema. Remove it.");
            }
        }
    }

    private static bool IsText(JsonElement value, string name, out string text)
    {
        bool isText = value.TryGetProperty(name, out JsonElement member) && member.ValueKind == JsonValueKind.String;
        text = isText ? member.GetString()! : "";
        return isText;
    }

    // The field is 'tools' for programs; the message names the place.
    private static ApiException Wrong(string place, JsonElement found, string allowed) =>
        ApiException.Invalid(Tools.Name, RequestBody.Wrong(place, found, allowed).Message);

    private static JsonObject DescribeTools() => JsonSchemas.List(JsonSchemas.Object(
        ("type", JsonSchemas.OneOf(Function)),
        (Function, JsonSchemas.Object(
            [
                ("name", JsonSchemas.Text()), ("description", JsonSchemas.Text()), ("parameters", JsonSchemas.Map()),
            ],
            ["name"]))));

    [GeneratedRegex(@"^[A-Za-z0-9_-]{1,64}\z")]
    private static partial Regex FunctionName();
}
