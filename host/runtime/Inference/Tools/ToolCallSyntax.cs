using System.Text.Json;
using Tenon.Host.Inference.Formats;
using Tenon.Host.Plugins.Loading;

namespace Tenon.Host.Inference.Tools;

/// <summary>How a model writes calls of functions. The text of a chat template shows what the model was trained on.</summary>
internal abstract class ToolCallSyntax
{
    // Keys under which models write the arguments.
    private static readonly string[] ArgumentKeys = ["arguments", "parameters"];

    // What templates contain whose models write calls in other forms.
    private static readonly string[] Unknown = ["<function=", "<arg_key>", "[ARGS]"];

    /// <summary>The known forms. The first that a template contains applies.</summary>
    public static IReadOnlyList<ToolCallSyntax> All { get; } = [new TaggedCalls(), new ListedCalls(), new BareCall()];

    /// <summary>Returns the form of a template; null if it is not known.</summary>
    /// <param name="template">A chat template with tools, in Jinja.</param>
    public static ToolCallSyntax? Of(string template) => Unknown.Any(text => template.Contains(text, StringComparison.Ordinal))
        ? null : All.FirstOrDefault(syntax => syntax.IsIn(template));

    /// <summary>A call in this form, for messages.</summary>
    public abstract string Example { get; }

    /// <summary>The text before a call; empty for none.</summary>
    public abstract string Start { get; }

    /// <summary>The text after which another call can follow; null if a reply has its calls in one piece.</summary>
    public virtual string? End => null;

    /// <summary>The texts of calls after <see cref="Start"/>, whose arguments their schemas allow.</summary>
    /// <param name="tools">The functions that may be called, at least one.</param>
    /// <param name="allowsSeveral">Whether a reply may have several calls.</param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <exception cref="OptionsException">A schema is malformed, has keywords that are not supported, or allows no value.</exception>
    /// <exception cref="ModelException">The tokenizer does not know the bytes of its tokens.</exception>
    public ITokenFormat Format(IReadOnlyList<Tool> tools, bool allowsSeveral, ITokenizer tokenizer)
    {
        var call = new Rule("a call") { Body = new Choice([.. tools.Select(Call)]) };
        return OutputFormats.Of(new Rule("calls") { Body = Calls(new Call(call), allowsSeveral) }, tokenizer);
    }

    /// <summary>Returns a reader of one reply.</summary>
    /// <param name="tools">The functions that may be called; calls of others are text.</param>
    /// <param name="isStarted">Whether the prompt ends with <see cref="Start"/>.</param>
    /// <param name="allowsSeveral">Whether calls after the first are returned.</param>
    public abstract IToolCallReader Reader(IReadOnlyList<Tool> tools, bool isStarted, bool allowsSeveral);

    /// <summary>Whether a template contains this form.</summary>
    protected abstract bool IsIn(string template);

    /// <summary>The key of the arguments.</summary>
    protected abstract string ArgumentsKey { get; }

    /// <summary>The texts of one or more calls after <see cref="Start"/>.</summary>
    protected abstract Expression Calls(Expression call, bool allowsSeveral);

    /// <summary>Reads a call; null if the value is not a call of one of the functions.</summary>
    /// <param name="value">A JSON value that a model wrote.</param>
    /// <param name="tools">The functions that may be called.</param>
    protected static ToolCall? Read(JsonElement value, IReadOnlyList<Tool> tools)
    {
        if (value.ValueKind != JsonValueKind.Object || !value.TryGetProperty("name", out JsonElement name)
            || name.ValueKind != JsonValueKind.String || tools.FirstOrDefault(tool => name.ValueEquals(tool.Name)) is not { } tool)
            return null;
        foreach (string key in ArgumentKeys)
        {
            if (value.TryGetProperty(key, out JsonElement arguments))
                return arguments.ValueKind == JsonValueKind.Object ? new ToolCall(tool.Name, arguments.GetRawText()) : null;
        }

        return new ToolCall(tool.Name, "{}");
    }

    /// <summary>Parses JSON; null if the text is not JSON. The caller disposes the result.</summary>
    protected static JsonDocument? Parse(string text)
    {
        try
        {
            return JsonDocument.Parse(text);
        }
        catch (JsonException)
        {
            // A model can write anything; what is not a call is text.
            return null;
        }
    }

    private Expression Call(Tool tool) => JsonGrammar.Object(
    [
        ("name", JsonGrammar.Literal(JsonSerializer.SerializeToElement(tool.Name)), true),
        (ArgumentsKey, tool.Parameters is { } schema
            ? new Call(JsonSchemaReader.Read(schema, tool.Source, isObject: true)) : JsonGrammar.Object([]), true),
    ]);
}

/// <summary>Reads the calls in a reply while it is generated. One object reads one reply.</summary>
internal interface IToolCallReader
{
    /// <summary>Reads the next part.</summary>
    /// <param name="part">The part.</param>
    /// <param name="isLast">Whether the reply ends with it.</param>
    /// <returns>The text and the calls that are certain now. What does not turn out to be a call is text.</returns>
    ToolCallPart Read(string part, bool isLast);
}
