using System.Text.Json;
using System.Text.Json.Nodes;
using Tenon.Host;
using Tenon.Host.Inference.Formats;
using Tenon.Host.Models;

namespace Tenon.Integration.Tests;

/// <summary>Formats of generated texts on the command line, with a model of random weights.</summary>
[Collection(InOneProcess.Name)]
public sealed class FormatTests : IDisposable
{
    private static readonly string Model = Path.Combine(AppContext.BaseDirectory, "data", "hub", "gpt2-value-head");

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tenon-format-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("--regex", "(yes|no), [0-9]{3}")]
    [InlineData("--regex", "[α-ω]{4}")]
    public void A_text_matches_a_regular_expression(string option, string pattern)
    {
        JsonArray made = Generate(option, pattern, "--prompt", "a", "--prompt", "bb", "--temperature", "2");

        made.Should().AllSatisfy(text =>
        {
            text!["text"]!.GetValue<string>().Should().MatchRegex($"^({pattern})$");
            text["ending"]!.GetValue<string>().Should().Be("end of text");
        });
    }

    [Fact]
    public void A_text_is_a_value_that_a_schema_allows()
    {
        Write("s.json", """
            {
              "type": "object",
              "properties": { "age": { "type": "integer", "minimum": 1, "maximum": 20 } },
              "required": ["age"]
            }
            """);

        JsonArray made = Generate("--schema", "s.json", "--prompt", "a", "--temperature", "2");

        using var value = JsonDocument.Parse(made[0]!["text"]!.GetValue<string>());
        value.RootElement.GetProperty("age").GetInt32().Should().BeInRange(1, 20);
    }

    [Fact]
    public void A_program_sets_a_format()
    {
        const string schema = """{"type": "array", "items": {"type": "boolean"}, "minItems": 2, "maxItems": 2}""";
        using var host = new TenonHost();
        using OpenedModel model = host.Open(Model);
        ITokenFormat format = OutputFormats.JsonSchema(schema, model.Tokenizer!);
        Continuation made = model.Generate(["a"], new SamplingOptions { MaxNewTokens = 40, Format = format })[0];

        JsonSerializer.Deserialize<bool[]>(made.Text).Should().HaveCount(2);
        made.Ending.Should().Be("end of text");
    }

    [Fact]
    public void A_text_that_ends_early_is_reported()
    {
        ProgramResult cut = Tenon("--format", "json", "--prompt", "a", "-n", "1", "--temperature", "0");

        cut.ExitCode.Should().Be(0, cut.All);
        cut.Output.Should().StartWith("a{");
        cut.Errors.Should().Contain("1 of 1 texts reached --max-new-tokens or the end of the context");
    }

    [Theory]
    [InlineData("--format and --regex both set the format of the text", "--format", "json", "--regex", "a")]
    [InlineData("The schema file 'none.json' does not exist", "--schema", "none.json")]
    [InlineData("wrong.json: $.properties.age.multipleOf: the keyword 'multipleOf' is not supported", "--schema", "wrong.json")]
    [InlineData("The regular expression '(' has a '(' without a ')'", "--regex", "(")]
    [InlineData("--beams searches for the most probable text, so --regex cannot apply", "--regex", "a", "--beams", "2")]
    public void Mistakes_are_reported_in_one_line(string message, params string[] arguments)
    {
        Write("wrong.json", """{"properties": {"age": {"type": "integer", "multipleOf": 2}}}""");

        ProgramResult result = Tenon(["--prompt", "a", .. arguments]);

        result.ExitCode.Should().Be(2, result.All);
        // The first line names the weights of the value head, which are ignored.
        result.Errors.Trim().Split('\n')[1..].Should().ContainSingle().Which.Should().Contain(message);
    }

    [Fact]
    public void An_unknown_format_is_refused_before_the_model_is_opened()
    {
        ProgramResult result = Tenon("--prompt", "a", "--format", "yaml");

        result.ExitCode.Should().Be(2, result.All);
        result.Errors.Trim().Split('\n').Should().ContainSingle().Which.Should().Contain("yaml").And.Contain("json");
    }

    private void Write(string name, string content) => File.WriteAllText(Path.Combine(_folder.FullName, name), content);

    private JsonArray Generate(params string[] arguments)
    {
        ProgramResult result = Tenon([.. arguments, "--json"]);
        result.ExitCode.Should().Be(0, result.All);
        return (JsonArray)JsonNode.Parse(result.Output)!;
    }

    private ProgramResult Tenon(params string[] arguments) => InProcess.Run(_folder.FullName, ["generate", Model, .. arguments]);
}
