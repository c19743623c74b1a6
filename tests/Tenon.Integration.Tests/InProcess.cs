using System.Text;
using Tenon.Cli.Commands;

namespace Tenon.Integration.Tests;

/// <summary>
/// The program's command line inside the test's process, which saves starting a process for each command. The working directory
/// belongs to the process, so only tests of the collection <see cref="InOneProcess"/> may call it.
/// </summary>
internal static class InProcess
{
    /// <summary>Runs a command line to its end.</summary>
    /// <param name="directory">The working directory; caches are written below it.</param>
    /// <param name="arguments">As typed.</param>
    public static ProgramResult Run(string directory, params string[] arguments) => Run(directory, stopAfterStep: null, arguments);

    /// <summary>Runs a command line that reads standard input, as from a pipe.</summary>
    /// <param name="directory">The working directory; caches are written below it.</param>
    /// <param name="input">The input.</param>
    /// <param name="arguments">As typed.</param>
    public static ProgramResult Feed(string directory, string input, params string[] arguments) =>
        Run(directory, stopAfterStep: null, arguments, new StringReader(input));

    /// <summary>Runs a command line and interrupts it, as Ctrl+C does, when it reports a step.</summary>
    /// <param name="directory">The working directory; caches are written below it.</param>
    /// <param name="stopAfterStep">The step, or null to let the command finish.</param>
    /// <param name="arguments">As typed.</param>
    public static ProgramResult Run(string directory, int? stopAfterStep, params string[] arguments) =>
        Run(directory, stopAfterStep, arguments, input: null);

    private static ProgramResult Run(string directory, int? stopAfterStep, string[] arguments, TextReader? input)
    {
        string before = Environment.CurrentDirectory;
        string? cache = Environment.GetEnvironmentVariable(TenonProgram.CacheVariable);
        using var stop = new CancellationTokenSource();
        using var output = new Screen(stopAfterStep is { } step ? $"step {step}/" : null, stop.Cancel);
        using var errors = new StringWriter();
        try
        {
            Environment.CurrentDirectory = directory;
            Environment.SetEnvironmentVariable(TenonProgram.CacheVariable, TenonProgram.Cache(directory));
            int code = EntryPoint.Run(arguments, output, errors, input, stop.Token);
            return new ProgramResult(code, output.ToString(), errors.ToString());
        }
        finally
        {
            Environment.CurrentDirectory = before;
            Environment.SetEnvironmentVariable(TenonProgram.CacheVariable, cache);
        }
    }

    // Lines of progress are written by the training thread between two steps.
    private sealed class Screen(string? awaited, Action seen) : StringWriter
    {
        public override Encoding Encoding => Encoding.UTF8;

        public override void WriteLine(string? value)
        {
            base.WriteLine(value);
            if (awaited is not null && value?.StartsWith(awaited, StringComparison.Ordinal) == true)
                seen();
        }
    }
}
