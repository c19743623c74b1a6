using System.CommandLine;
using Spectre.Console;

namespace Tenon.Benchmarks.Tests;

/// <summary>Runs commands in a temporary folder.</summary>
public abstract class CommandTest : IDisposable
{
    /// <summary>The folder.</summary>
    protected string Folder { get; } = Directory.CreateTempSubdirectory("tenon-benchmarks-").FullName;

    public void Dispose()
    {
        Directory.Delete(Folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Runs a command that has to succeed.</summary>
    /// <param name="create">Creates the command for a console.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <returns>What it printed.</returns>
    protected static string Run(Func<IAnsiConsole, RootCommand> create, params string[] arguments)
    {
        using var written = new StringWriter();
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(written) });
        console.Profile.Width = 200;

        int code = create(console).Parse(arguments).Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });

        code.Should().Be(0, written.ToString());
        return written.ToString();
    }
}
