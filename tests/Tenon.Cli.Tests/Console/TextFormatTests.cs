using Tenon.Cli.Console;

namespace Tenon.Cli.Tests.Console;

public sealed class TextFormatTests
{
    [Theory]
    [InlineData(0, "0")]
    [InlineData(4, "4")]
    [InlineData(4.26, "4.3")]
    [InlineData(12.6, "13")]
    [InlineData(1300, "1,300")]
    public void Counts_are_whole_unless_small_and_broken(double value, string expected) => TextFormat.Count(value).Should().Be(expected);
}
