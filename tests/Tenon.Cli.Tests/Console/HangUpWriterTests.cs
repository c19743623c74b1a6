using System.Text;
using Tenon.Cli.Console;

namespace Tenon.Cli.Tests.Console;

public sealed class HangUpWriterTests
{
    private const int InputOutputError = 5;
    private const int NoSpace = 28;

    [Fact]
    public void A_closed_terminal_ends_nothing()
    {
        if (OperatingSystem.IsWindows())
            return; // Windows has no terminals that hang up.
        using var writer = new HangUpWriter(new FailingWriter(InputOutputError));
        writer.WriteLine("a");
        writer.Write('a');
        writer.Write("a {0}", 1);
        writer.Flush();
    }

    [Fact]
    public void A_full_disk_is_reported()
    {
        using var writer = new HangUpWriter(new FailingWriter(NoSpace));
        writer.Invoking(full => full.WriteLine("a")).Should().Throw<IOException>();
    }

    [Fact]
    public void Text_passes_through()
    {
        var text = new StringWriter();
        using var writer = new HangUpWriter(text);
        writer.Write('a');
        writer.Write("b");
        writer.WriteLine("c{0}", 1);
        text.ToString().Should().Be($"abc1{Environment.NewLine}");
    }

    private sealed class FailingWriter(int error) : TextWriter
    {
        public override Encoding Encoding => Encoding.UTF8;

        public override void Write(char value) => throw new IOException("failed", error);

        public override void Flush() => throw new IOException("failed", error);
    }
}
