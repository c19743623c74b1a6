using System.Text;
using Tenon.Cli.Commands;

namespace Tenon.Integration.Tests.Matrix;

/// <summary>The program's command line inside the test's process, which saves the start of one for each command, with the plugins of the matrix.</summary>
internal static class InProcess
{
    /// <summary>The file that names the plugins of the matrix.</summary>
    public static string PluginsFile { get; } = Path.Combine(AppContext.BaseDirectory, "matrix-plugins.json");

    /// <summary>Runs a command line to its end.</summary>
    public static ProgramResult Run(params string[] arguments) => Run(stopAfterStep: null, arguments);

    /// <summary>Runs a command line; what Ctrl+C does is done when a step is told of.</summary>
    /// <param name="stopAfterStep">The step, or null.</param>
    /// <param name="arguments">As typed.</param>
    public static ProgramResult Run(int? stopAfterStep, params string[] arguments)
    {
        using var stop = new CancellationTokenSource();
        using var output = new Screen(stopAfterStep is { } step ? $"step {step}/" : null, stop.Cancel);
        using var errors = new StringWriter();
        int code = EntryPoint.Run([.. arguments, "--plugins", PluginsFile], output, errors, stop.Token);
        return new ProgramResult(code, output.ToString(), errors.ToString());
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
