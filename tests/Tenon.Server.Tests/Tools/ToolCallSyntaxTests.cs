using Tenon.Host.Inference.Formats;
using Tenon.Host.Inference.Tools;
using Tenon.Host.Plugins.Loading;

namespace Tenon.Server.Tests.Tools;

/// <summary>How models write calls of functions.</summary>
[Collection(ServedModelsInOneProcess.Name)]
public sealed class ToolCallSyntaxTests(Served served)
{
    private static readonly Tool[] Tools =
    [
        new("weather", """{"type": "object", "properties": {"city": {"enum": ["Oslo", "Rome"]}}, "required": ["city"]}""", "a"),
        new("now", null, "b"),
    ];

    [Theory]
    [InlineData("{{ '<tool_call>\\n{\"name\": \"' }} {% for tool in tools %}", typeof(TaggedCalls))]
    [InlineData("{{ \"[TOOL_CALLS][\" }} {\"parameters\": x}", typeof(ListedCalls))]
    [InlineData("{{- '\"parameters\": ' }}", typeof(BareCall))]
    [InlineData("<tool_call>\n<function=name>", null)]
    [InlineData("<tool_call>{{ name }}<arg_key>", null)]
    [InlineData("[TOOL_CALLS]{{ name }}[ARGS]", null)]
    [InlineData("{{ tools | tojson }}", null)]
    public void The_template_shows_the_form(string template, Type? form) => ToolCallSyntax.Of(template)?.GetType().Should().Be(form);

    [Theory]
    // Hermes and Qwen: calls after text, several calls, no call, and what only looks like one.
    [InlineData("<tool_call>", "I look.\n<tool_call>\n{\"name\": \"now\", \"arguments\": {}}\n</tool_call>", "I look.", "now{}")]
    [InlineData("<tool_call>",
        "<tool_call>{\"name\":\"now\"}</tool_call>\n<tool_call>{\"name\":\"weather\",\"arguments\":{\"city\":\"<b>\"}}", "", "now{}", "weather{\"city\":\"<b>\"}")]
    [InlineData("<tool_call>", "a <tool_ca b <", "a <tool_ca b <")]
    [InlineData("<tool_call>", " text \n", " text \n")]
    [InlineData("<tool_call>", "<tool_call>{\"name\": \"other\", \"arguments\": {}}</tool_call>",
        "<tool_call>{\"name\": \"other\", \"arguments\": {}}</tool_call>")]
    [InlineData("<tool_call>", "<tool_call>{\"name\": \"now\", \"arg", "<tool_call>{\"name\": \"now\", \"arg")]
    [InlineData("<tool_call>", "<tool_call>{\"name\": \"now\", \"arguments\": []}</tool_call> !",
        "<tool_call>{\"name\": \"now\", \"arguments\": []}</tool_call> !")]
    // Mistral, with and without the token, which may be special.
    [InlineData("[TOOL_CALLS]", "[TOOL_CALLS][{\"name\": \"now\", \"arguments\": {}}, {\"name\": \"now\"}]", "", "now{}", "now{}")]
    [InlineData("[TOOL_CALLS]", " [{\"name\": \"weather\", \"arguments\": {\"city\": 1}}]\n", "", "weather{\"city\": 1}")]
    [InlineData("[TOOL_CALLS]", "[1, 2]", "[1, 2]")]
    [InlineData("[TOOL_CALLS]", "[{\"name\": \"now\"}", "[{\"name\": \"now\"}")]
    [InlineData("[TOOL_CALLS]", "\n text [", "\n text [")]
    // Llama 3.
    [InlineData("\"parameters\":", "\n{\"name\": \"weather\", \"parameters\": {\"city\": \"Oslo\"}}", "", "weather{\"city\": \"Oslo\"}")]
    [InlineData("\"parameters\":", "{\"name\": \"weather\"} and text", "{\"name\": \"weather\"} and text")]
    [InlineData("\"parameters\":", "{}", "{}")]
    [InlineData("\"parameters\":", "  ", "  ")]
    public void Replies_are_read_in_any_parts(string template, string reply, string text, params string[] calls)
    {
        ToolCallSyntax syntax = ToolCallSyntax.Of(template)!;
        for (int length = 1; length <= reply.Length; length++)
        {
            IToolCallReader reader = syntax.Reader(Tools, isStarted: false, allowsSeveral: true);
            ToolCallPart[] parts =
                [.. reply.Chunk(length).Select(part => reader.Read(new string(part), isLast: false)), reader.Read("", isLast: true)];

            string.Concat(parts.Select(part => part.Text)).Should().Be(text, $"parts have {length} characters");
            parts.SelectMany(part => part.Calls).Select(call => call.Name + call.Arguments).Should().Equal(calls);
        }
    }

    [Fact]
    public void Text_is_not_held_back_longer_than_needed()
    {
        IToolCallReader tagged = ToolCallSyntax.Of("<tool_call>")!.Reader(Tools, false, true);
        IToolCallReader bare = ToolCallSyntax.Of("\"parameters\":")!.Reader(Tools, false, true);

        tagged.Read("Hello <tool", false).Text.Should().Be("Hello");
        tagged.Read("box", false).Text.Should().Be(" <toolbox");
        tagged.Read("<tool_call>{\"name\": \"now\"}</tool_call>", false).Calls.Should().ContainSingle("the call is complete");
        bare.Read("Hel", false).Text.Should().Be("Hel");
    }

    [Fact]
    public void A_reply_that_the_prompt_starts_has_no_first_tag()
    {
        ToolCallSyntax syntax = ToolCallSyntax.Of("<tool_call>")!;
        ToolCallPart whole = syntax.Reader(Tools, isStarted: true, allowsSeveral: true).Read("{\"name\": \"now\"}\n</tool_call>", true);
        ToolCallPart cut = syntax.Reader(Tools, isStarted: true, allowsSeveral: true).Read("{\"name\": \"no", true);

        whole.Calls.Should().ContainSingle();
        whole.Text.Should().BeEmpty();
        cut.Text.Should().Be("{\"name\": \"no");
    }

    [Theory]
    [InlineData("<tool_call>", "{\"name\": \"weather\", \"arguments\": {\"city\": \"Rome\"}}\n</tool_call>", true, true)]
    [InlineData("<tool_call>",
        "{\"name\":\"now\",\"arguments\":{}}\n</tool_call>\n<tool_call>\n{\"name\":\"now\",\"arguments\":{}}\n</tool_call>", true, false)]
    [InlineData("<tool_call>", "{\"name\": \"weather\", \"arguments\": {\"city\": \"Paris\"}}\n</tool_call>", false, false)]
    [InlineData("<tool_call>", "{\"name\": \"now\", \"arguments\": {\"city\": \"Rome\"}}\n</tool_call>", false, false)]
    [InlineData("<tool_call>", "{\"name\": \"now\", \"arguments\": {}}", false, false)]
    [InlineData("[TOOL_CALLS]", "[{\"name\": \"now\", \"arguments\": {}}]", true, true)]
    [InlineData("[TOOL_CALLS]", "[{\"name\": \"now\", \"arguments\": {}}, {\"name\": \"now\", \"arguments\": {}}]", true, false)]
    [InlineData("[TOOL_CALLS]", "[]", false, false)]
    [InlineData("\"parameters\":", "{\"name\": \"weather\", \"parameters\": {\"city\": \"Oslo\"}}", true, true)]
    [InlineData("\"parameters\":", "{\"name\": \"weather\", \"arguments\": {\"city\": \"Oslo\"}}", false, false)]
    public void A_forced_call_matches_its_schema(string template, string text, bool isCall, bool isOneCall)
    {
        ToolCallSyntax syntax = ToolCallSyntax.Of(template)!;
        ITokenizer tokenizer = served.Chat.Traits.Tokenizer!;

        OutputFormats.IsMatch(syntax.Format(Tools, allowsSeveral: true, tokenizer), text).Should().Be(isCall);
        OutputFormats.IsMatch(syntax.Format(Tools, allowsSeveral: false, tokenizer), text).Should().Be(isOneCall);
    }

    [Theory]
    [InlineData("{}", "{\"name\": \"f\", \"parameters\": {\"a\": [1]}}", true)]
    [InlineData("{\"description\": \"any\"}", "{\"name\": \"f\", \"parameters\": {}}", true)]
    [InlineData("{}", "{\"name\": \"f\", \"parameters\": 1}", false)]
    [InlineData("{\"properties\": {\"a\": {}}}", "{\"name\": \"f\", \"parameters\": {\"a\": 1}}", true)]
    public void Arguments_are_an_object_even_if_the_schema_does_not_require_it(string schema, string text, bool isCall) =>
        OutputFormats.IsMatch(ToolCallSyntax.Of("\"parameters\":")!.Format(
            [new Tool("f", schema, "a")], allowsSeveral: false, served.Chat.Traits.Tokenizer!), text).Should().Be(isCall);

    [Fact]
    public void A_schema_that_is_not_supported_is_named() =>
        FluentActions.Invoking(() => ToolCallSyntax.Of("<tool_call>")!.Format(
                [new Tool("f", """{"type": "object", "patternProperties": {}}""", "tools[0].function.parameters")], true,
                served.Chat.Traits.Tokenizer!))
            .Should().Throw<OptionsException>().WithMessage("tools[0].function.parameters: $.patternProperties: *");
}
