using System.Diagnostics;

namespace Tenon.Benchmarks;

/// <summary>Starts programs as several processes with Open MPI.</summary>
internal static class OpenMpi
{
    /// <summary>The launcher.</summary>
    public const string Launcher = "/usr/bin/mpirun.openmpi";

    /// <summary>Whether it is installed.</summary>
    public static bool IsInstalled => File.Exists(Launcher);

    /// <summary>Describes a job, whose output the caller reads. A single process is started without the launcher.</summary>
    /// <param name="ranks">Number of processes; more than cores are allowed.</param>
    /// <param name="command">The program and its arguments.</param>
    public static ProcessStartInfo Job(int ranks, params string[] command)
    {
        string[] words = ranks == 1 ? command : [Launcher, "-np", $"{ranks}", "--bind-to", "none", "--oversubscribe", .. command];
        return new ProcessStartInfo(words[0], words[1..])
        {
            RedirectStandardOutput = true,
            // Containers run benchmarks as root.
            Environment = { ["OMPI_ALLOW_RUN_AS_ROOT"] = "1", ["OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"] = "1", ["TERM"] = "dumb" },
        };
    }
}
