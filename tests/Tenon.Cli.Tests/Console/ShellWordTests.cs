using Tenon.Cli.Console;

namespace Tenon.Cli.Tests.Console;

public class ShellWordTests
{
    [Theory]
    [InlineData("runs/gpt-2", "runs/gpt-2")]
    [InlineData("läufe/gpt", "läufe/gpt")]
    [InlineData("my runs/gpt", "\"my runs/gpt\"")]
    [InlineData("runs/(old)", "\"runs/(old)\"")]
    [InlineData("", "\"\"")]
    public void Puts_in_quotes_what_a_shell_would_take_apart(string path, string word) => ShellWord.Of(path).Should().Be(word);

    [Fact]
    public void Quoted_texts_keep_what_shells_read_in_quotes() =>
        ShellWord.Quoted("a \"$b\" `c` \\d").Should().Be("\"a \\\"\\$b\\\" \\`c\\` \\\\d\"");
}
