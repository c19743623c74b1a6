using Tenon.Cli.Commands;

namespace Tenon.Cli.Tests.Commands;

public sealed class CommandLineTests
{
    [Fact]
    public void Settings_are_separated_from_words_and_options()
    {
        (string[] words, string[] settings) = CommandLine.Divide(
            ["fill", "one: two", "--device:precision", "bf16", "--top", "3", "--not: a setting", "--samples:prompts:0=a b",
                "--training:steps", "--json"], _ => false);
        words.Should().Equal("fill", "one: two", "--top", "3", "--not: a setting", "--json");
        settings.Should().Equal("--device:precision", "bf16", "--samples:prompts:0=a b", "--training:steps");
    }

    [Fact]
    public void A_list_takes_all_words_up_to_the_next_option()
    {
        (string[] words, string[] settings) = CommandLine.Divide(
            ["run", "mine.json", "--data:files", "a.txt", "b.txt", "--training:steps", "9", "more", "--model:scale", "-1"], key =>
                key == "data:files");

        words.Should().Equal("run", "mine.json", "more");
        settings.Should().Equal("--data:files", "a.txt", "b.txt", "--training:steps", "9", "--model:scale", "-1");
    }

    [Fact]
    public void Without_a_command_the_help_is_printed_and_settings_are_refused()
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();

        EntryPoint.Run([], output, errors).Should().Be(ExitCode.Done);
        EntryPoint.Run(["--training:steps", "5"], output, errors).Should().Be(ExitCode.Invalid);

        output.ToString().Should().Contain("Usage:").And.Contain("generate");
        errors.ToString().Should().Contain("tenon run --training:steps 5");
    }

    [Theory]
    [InlineData("trian", "run")]
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
