namespace Tenon.Integration.Tests.Matrix;

/// <summary>The program with the plugins of the matrix.</summary>
internal static class MatrixProgram
{
    /// <summary>The file that names them.</summary>
    public static string PluginsFile { get; } = Path.Combine(AppContext.BaseDirectory, "matrix-plugins.json");

    /// <summary>Runs a command line to its end.</summary>
    /// <param name="arguments">As typed.</param>
    public static ProgramResult Run(params string[] arguments) => Run(stopAfterStep: null, arguments);

    /// <summary>Runs a command line and interrupts it, as Ctrl+C does, when it reports a step.</summary>
    /// <param name="stopAfterStep">The step, or null to let the command finish.</param>
    /// <param name="arguments">As typed.</param>
    public static ProgramResult Run(int? stopAfterStep, params string[] arguments) =>
        InProcess.Run(Environment.CurrentDirectory, stopAfterStep, [.. arguments, "--plugins", PluginsFile]);
}
