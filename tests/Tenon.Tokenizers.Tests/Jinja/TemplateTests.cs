using System.Text.Json.Nodes;
using Tenon.Tokenizers.Jinja;

namespace Tenon.Tokenizers.Tests.Jinja;

public sealed class TemplateTests
{
    private static readonly DateTimeOffset Now = new(2024, 7, 26, 9, 5, 3, TimeSpan.Zero);
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Jinja");

    [Fact]
    public void Chat_templates_render_as_in_the_reference()
    {
        var conversations = (JsonArray)Read("conversations.json");
        JsonNode tools = JsonNode.Parse("""
            [{"type":"function","function":{"name":"weather","description":"Weather & more","parameters":{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}}}]
            """)!;
        foreach (JsonObject rendering in ((JsonArray)Read("renderings.json")).OfType<JsonObject>())
        {
            var variables = new JsonObject { ["tools"] = null, ["bos_token"] = "<s>", ["eos_token"] = "</s>" };
            foreach ((string name, JsonNode? value) in ((JsonObject)conversations[(int)rendering["conversation"]!]!)
                .Concat((JsonObject)rendering["settings"]!))
                variables[name] = value?.DeepClone();
            if (rendering["settings"]!["tools"] is not null)
                variables["tools"] = tools.DeepClone();
            var file = (string)rendering["template"]!;
            string source = File.ReadAllText(Path.Combine(Folder, "templates", file));

            Rendered(source, variables).Should()
                .Be((string?)rendering["text"], $"{file} renders conversation {rendering["conversation"]} so");
        }
    }

    [Fact]
    public void Expressions_and_statements_render_as_in_the_reference()
    {
        var variables = (JsonObject)Read("variables.json");
        foreach (JsonObject expected in ((JsonArray)Read("expressions.json")).OfType<JsonObject>())
        {
            var template = (string)expected["template"]!;
            Rendered(template, variables).Should().Be((string?)expected["text"], $"the template is {template}");
        }
    }

    [Fact]
    public void Marks_what_the_model_writes()
    {
        var variables = (JsonObject)((JsonArray)Read("conversations.json"))[1]!;
        RenderedText rendered = Template.Read(File.ReadAllText(Path.Combine(Folder, "templates", "chatml.jinja"))).Render(variables, Now);

        rendered.Generated.Select(part => rendered.Text[part.Start..part.End]).Should()
            .Equal("<think>\nhm\n</think>\n\nHello é 😀<|im_end|>");
    }

    [Theory]
    [InlineData("{{ 'x' | tojso }}", "line 1: there is no filter 'tojso'. Did you mean 'tojson'?*")]
    [InlineData("a\n{% iff x %}", "line 2: the tag 'iff' is not supported. Did you mean 'if'?*")]
    [InlineData("{{ x is defind }}", "line 1: there is no test 'defind'. Did you mean 'defined'?*")]
    [InlineData("{% for x in y %}", "line 1: '{% for %}' is not closed. Add '{% endfor %}'.")]
    [InlineData("{% break %}", "line 1: 'break' is outside a loop.")]
    [InlineData("{{ 'x }}", "line 1: the string is not closed. Add '.")]
    public void Rejects_a_malformed_template_when_it_is_read(string template, string message) =>
        FluentActions.Invoking(() => Template.Read(template)).Should().Throw<TemplateException>().WithMessage(message);

    [Fact]
    public void Reports_what_a_template_raises_with_its_line()
    {
        RaisedException raised =
            FluentActions.Invoking(() => Template.Read("a\n{{ raise_exception('Roles must alternate') }}").Render([], Now))
            .Should().Throw<RaisedException>().WithMessage("Roles must alternate").Which;
        raised.Line.Should().Be(2);
    }

    [Theory]
    [InlineData("{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}")]
    [InlineData("{% set ns = namespace(s='abcdefgh') %}{% for i in range(100) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}")]
    [InlineData("{% set ns = namespace(s=[1]) %}{% for i in range(100) %}{% set ns.s = ns.s + ns.s %}{% endfor %}")]
    [InlineData("{{ 'a' * 9999999999 }}")]
    [InlineData("{{ ('a' * 10000000).replace('', 'b' * 10000000) }}")]
    [InlineData("{{ ['a' * 10000000] * 10000 | join }}")]
    [InlineData("{{ range(10000000) }}")]
    [InlineData("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}")]
    [InlineData("{% set ns = namespace(s=[]) %}{% for i in range(100000) %}{% set ns.s = [ns.s] %}{% endfor %}{{ ns.s }}")]
    [InlineData("{% for i in range(99999) %}{% for j in range(99999) if j == 1 %}{% endfor %}{% endfor %}")]
    public void A_hostile_template_is_stopped(string template) =>
        FluentActions.Invoking(() => Template.Read(template).Render([], Now)).Should().Throw<TemplateException>();

    [Fact]
    public void Deep_nesting_is_rejected_instead_of_exhausting_the_stack()
    {
        foreach (string template in (string[])[
            "{{ " + new string('(', 100_000) + " }}",
            "{{ " + new string('[', 100_000) + " }}",
            "{{ " + string.Concat(Enumerable.Repeat("not ", 100_000)) + "1 }}",
            "{{ " + new string('-', 100_000) + "1 }}",
            string.Concat(Enumerable.Repeat("{% if 1 %}", 100_000)),
            "{{ 1" + string.Concat(Enumerable.Repeat(" + 1", 100_000)) + " }}"])
        {
            FluentActions.Invoking(() => Template.Read(template).Render([], Now)).Should().Throw<TemplateException>();
        }
    }

    private static JsonNode Read(string file) => JsonNode.Parse(File.ReadAllText(Path.Combine(Folder, file)))!;

    // Null when the template fails.
    private static string? Rendered(string template, JsonObject variables)
    {
        try
        {
            return Template.Read(template).Render(variables, Now).Text;
        }
        catch (Exception failure) when (failure is TemplateException or RaisedException)
        {
            return null;
        }
    }
}
