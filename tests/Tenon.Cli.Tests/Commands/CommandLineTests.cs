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
}
