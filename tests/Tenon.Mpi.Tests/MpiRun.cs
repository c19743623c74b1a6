using System.Diagnostics;

namespace Tenon.Mpi.Tests;

/// <summary>Starts the program as several processes, as a user of mpirun does.</summary>
/// <param name="name">Name of the launcher, for messages.</param>
/// <param name="file">Its file.</param>
/// <param name="arguments">Arguments before the number of processes.</param>
public sealed class MpiRun(string name, string file, params string[] arguments)
{
    /// <summary>Open MPI's launcher. Two ranks are otherwise bound to a core each, with all of their threads.</summary>
    public static MpiRun OpenMpi { get; } = new("Open MPI", "/usr/bin/mpirun.openmpi", "--bind-to", "none", "--oversubscribe");

    /// <summary>MPICH's launcher.</summary>
    public static MpiRun Mpich { get; } = new("MPICH", "/usr/bin/mpirun.mpich");

    /// <summary>Skips the test if the launcher is not installed.</summary>
    public void Require() => Skip.IfNot(File.Exists(file), $"{name} is not installed: there is no {file}.");

    /// <summary>Runs to the end.</summary>
    public ProgramResult Run(int ranks, string directory, params string[] command) => TenonProgram.Finish(Start(ranks, directory, command));

    /// <summary>Starts; the caller waits, and disposes the process.</summary>
    public Process Start(int ranks, string directory, params string[] command) =>
        Process.Start(Describe(directory, [.. arguments, "-np", $"{ranks}"], command))!;

    /// <summary>Starts ranks with different commands, one for each; the caller waits, and disposes the process.</summary>
    public Process StartEach(string directory, params string[][] commands)
    {
        ProcessStartInfo one = TenonProgram.Describe(directory);
        List<string> words = [.. arguments];
        foreach ((int index, string[] command) in commands.Index())
            words.AddRange([.. index > 0 ? [":"] : Array.Empty<string>(), "-np", "1", one.FileName, .. one.ArgumentList, .. command]);
        return Process.Start(Prepared(one, words))!;
    }

    private ProcessStartInfo Describe(string directory, string[] options, string[] command)
    {
        ProcessStartInfo one = TenonProgram.Describe(directory, command);
        return Prepared(one, [.. options, one.FileName, .. one.ArgumentList]);
    }

    private ProcessStartInfo Prepared(ProcessStartInfo one, IReadOnlyList<string> words)
    {
        var start = new ProcessStartInfo(file, words)
        {
            WorkingDirectory = one.WorkingDirectory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment =
            {
                [TenonProgram.CacheVariable] = one.Environment[TenonProgram.CacheVariable],
                // Containers run tests as root.
                ["OMPI_ALLOW_RUN_AS_ROOT"] = "1",
                ["OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"] = "1",
                ["TERM"] = "xterm",
            },
        };
        return start;
    }
}
