using System.Globalization;

namespace Tenon.Host.Processes;

/// <summary>What the program that started this process reports about the processes that it started together.</summary>
/// <param name="Variable">The environment variable with their number; null if no known launcher started this process.</param>
/// <param name="Size">Number of processes; 1 without a launcher.</param>
/// <param name="Rank">Number of this process, from 0.</param>
internal sealed record Launcher(string? Variable, int Size, int Rank)
{
    // In this order: mpirun inside a Slurm job sets its own variables besides those of Slurm. SLURM_NTASKS is not used, because it
    // is also set in a batch script, whose commands are single processes until srun starts them.
    private static readonly (string Size, string Rank)[] _variables =
    [
        ("OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK"),
        ("PMI_SIZE", "PMI_RANK"),
        ("SLURM_STEP_NUM_TASKS", "SLURM_PROCID"),
    ];

    /// <summary>The launcher of this process.</summary>
    public static Launcher Current { get; } = Of(Environment.GetEnvironmentVariable);

    /// <summary>Reads the launcher's variables.</summary>
    /// <param name="variable">Returns an environment variable, or null.</param>
    public static Launcher Of(Func<string, string?> variable)
    {
        ArgumentNullException.ThrowIfNull(variable);
        foreach ((string sizeName, string rankName) in _variables)
        {
            if (Number(variable(sizeName)) is { } size and > 0 && Number(variable(rankName)) is { } rank and >= 0)
                return new Launcher(sizeName, size, rank);
        }

        return new Launcher(null, 1, 0);
    }

    private static int? Number(string? text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;
}
