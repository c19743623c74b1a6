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

        ModelTraits traits = model.Traits;
        if (traits.ToolCalls is not { } syntax)
        {
            throw ApiException.Unsupported(Tools.Name, traits.HasTools
                ? $"'{Tools.Name}' is not supported by the model '{model.Name}': its chat template has tools, but calls in a form " +
                    $"that is not known. Known: {string.Join(", ", ToolCallSyntax.All.Select(known => known.Example))}."
                : $"'{Tools.Name}' is not supported by the model '{model.Name}', whose chat template has no tools. Remove it.");
        }

        Tool[] tools = ReadTools(list);
        (string choice, Tool[] callable) = ReadChoice(body, tools);
        bool isForced = choice is not (None or Auto);
        CheckStrict(list, isForced);
        bool allowsSeveral = (Parallel.Read(body) ?? true) && choice != Function;
        return choice == None ? null : new ToolUse(list, syntax, callable, isForced, allowsSeveral);
    }

    private static Tool[] ReadTools(JsonElement list)
    {
        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() > MostTools)
            throw RequestBody.Wrong(Tools.Name, list, $"a list of up to {MostTools} functions");
        Tool[] tools = [.. list.EnumerateArray().Select(ReadTool)];
        return tools.CountBy(tool => tool.Name).FirstOrDefault(entry => entry.Value > 1) is not { Key: { } twice } ? tools
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
        Tool named = tools.FirstOrDefault(tool => tool.Name == name) ?? throw ApiException.Invalid(
            Choice.Name, $"'{Choice.Name}' names the function '{name}', which is not in '{Tools.Name}'." +
            $"{NearestName.Question(name, [.. tools.Select(tool => tool.Name)])} Allowed: " +
            $"{string.Join(", ", tools.Select(tool => tool.Name))}.");
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

/// <summary>The functions of a request.</summary>
/// <param name="Tools">The field <c>tools</c>, for the chat template.</param>
/// <param name="Syntax">How the model writes calls.</param>
/// <param name="Callable">The functions that it may call.</param>
/// <param name="IsForced">Whether it must call one.</param>
/// <param name="AllowsSeveral">Whether a reply may have several calls.</param>
internal sealed record ToolUse(
    JsonElement Tools, ToolCallSyntax Syntax, IReadOnlyList<Tool> Callable, bool IsForced, bool AllowsSeveral)
{
    /// <summary>The text with which the reply starts.</summary>
    public string Start => IsForced ? Syntax.Start : "";

    /// <summary>Applies the functions to the options of the reply.</summary>
    /// <param name="sampling">The options.</param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <exception cref="ApiException">A schema is not supported, or the request sets another form.</exception>
    /// <exception cref="ModelException">The tokenizer does not know the bytes of its tokens.</exception>
    public SamplingOptions Apply(SamplingOptions sampling, ITokenizer tokenizer)
    {
        if (sampling.Format is not null)
        {
            throw ApiException.Unsupported(ResponseFormat.Field.Name, $"'{ResponseFormat.Field.Name}' is supported with 'tools' only if " +
                "'tool_choice' is \"none\". Remove one of them.");
        }

        if (!IsForced)
            return AllowsSeveral || Syntax.End is not { } end ? sampling : sampling with { Stop = [.. sampling.Stop ?? [], end] };
        try
        {
            return sampling with { Format = Syntax.Format(Callable, AllowsSeveral, tokenizer) };
        }
        catch (OptionsException wrong)
        {
            throw ApiException.Invalid("tools", wrong.Message);
        }
    }

    /// <summary>Returns a reader of a reply.</summary>
    public IToolCallReader Reader() => Syntax.Reader(Callable, IsForced, AllowsSeveral);
}
