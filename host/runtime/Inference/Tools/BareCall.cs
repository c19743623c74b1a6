using System.Text.Json;
using System.Text.RegularExpressions;
using Tenon.Host.Inference.Formats;

namespace Tenon.Host.Inference.Tools;

/// <summary>The form of Llama 3: a reply is one call and nothing else.</summary>
internal sealed partial class BareCall : ToolCallSyntax
{
    /// <inheritdoc/>
    public override string Example => """{"name": …, "parameters": …}""";

    /// <inheritdoc/>
    public override string Start => "";

    /// <inheritdoc/>
    protected override string ArgumentsKey => "parameters";

    /// <inheritdoc/>
    public override IToolCallReader Reader(IReadOnlyList<Tool> tools, bool isStarted, bool allowsSeveral) =>
        new WholeReplyReader(text => Read(text, tools), '{');

    /// <inheritdoc/>
    protected override bool IsIn(string template) => Parameters().IsMatch(template);

    /// <inheritdoc/>
    protected override Expression Calls(Expression call, bool allowsSeveral) => call;

    private static ToolCall[]? Read(string text, IReadOnlyList<Tool> tools)
    {
        using JsonDocument? json = Parse(text);
        return json is not null && Read(json.RootElement, tools) is { } call ? [call] : null;
    }

    [GeneratedRegex("\"parameters\" *:")]
    private static partial Regex Parameters();
}
