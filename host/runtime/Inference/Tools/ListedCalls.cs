using System.Text.Json;
using Tenon.Host.Inference.Formats;

namespace Tenon.Host.Inference.Tools;

/// <summary>
/// The form of Mistral: a reply is a list of calls after a token. Most tokenizers have it as a special token, which texts do not contain.
/// </summary>
internal sealed class ListedCalls : ToolCallSyntax
{
    private const string Marker = "[TOOL_CALLS]";

    /// <inheritdoc/>
    public override string Example => $$"""{{Marker}}[{"name": …, "arguments": …}]""";

    /// <inheritdoc/>
    public override string Start => Marker;

    /// <inheritdoc/>
    protected override string ArgumentsKey => "arguments";

    /// <inheritdoc/>
    public override IToolCallReader Reader(IReadOnlyList<Tool> tools, bool isStarted, bool allowsSeveral) =>
        new WholeReplyReader(text => Read(text, tools, allowsSeveral), '[');

    /// <inheritdoc/>
    protected override bool IsIn(string template) => template.Contains(Marker, StringComparison.Ordinal);

    /// <inheritdoc/>
    protected override Expression Calls(Expression call, bool allowsSeveral) => JsonGrammar.Array(call, 1, allowsSeveral ? null : 1);

    private static ToolCall[]? Read(string text, IReadOnlyList<Tool> tools, bool allowsSeveral)
    {
        string list = text.StartsWith(Marker, StringComparison.Ordinal) ? text[Marker.Length..] : text;
        using JsonDocument? json = Parse(list);
        if (json is not { RootElement: { ValueKind: JsonValueKind.Array } items } || items.GetArrayLength() == 0)
            return null;
        ToolCall?[] calls = [.. items.EnumerateArray().Select(item => Read(item, tools))];
        return calls.Contains(null) ? null : [.. calls.OfType<ToolCall>().Take(allowsSeveral ? calls.Length : 1)];
    }
}
