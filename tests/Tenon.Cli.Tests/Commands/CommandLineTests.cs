using Tenon.Cli.Commands;

namespace Tenon.Cli.Tests.Commands;

public sealed class CommandLineTests
{
    [Fact]
    public void Settings_are_separated_from_words_and_options()
    {
        (string[] words, string[] settings) = CommandLine.Divide(
            ["fill", "one: two", "--device:precision", "bf16", "--top", "3", "--not: a setting", "--samples:prompts:0=a b", "--training:steps", "--json"]);
        words.Should().Equal("fill", "one: two", "--top", "3", "--not: a setting", "--json");
        settings.Should().Equal("--device:precision", "bf16", "--samples:prompts:0=a b", "--training:steps");
    }

    [Theory]
    [InlineData("trian", "plan")]
    [InlineData("generat", "generate")]
    [InlineData("plugin", "plugins")]
    public void An_unknown_command_is_answered_with_the_nearest_names_instead_of_the_whole_help(string typed, string nearest)
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();

        EntryPoint.Run([typed], output, errors).Should().Be(ExitCode.Invalid);

        (output.ToString() + errors).Should().Contain(typed).And.Contain(nearest).And.NotContain("Description:");
    }
}
