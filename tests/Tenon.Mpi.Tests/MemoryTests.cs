using System.Diagnostics;
using System.Globalization;

namespace Tenon.Mpi.Tests;

/// <summary>What a process saves if others keep a part of what belongs to the parameters.</summary>
public sealed class MemoryTests
{
    // Of a GPT with 12 layers of 512.
    private const double Parameters = 37_977_600;
    private const string Field = "VmHWM:";

    [SkippableFact]
    public void Divided_gradients_and_layers_save_memory()
    {
        MpiRun.OpenMpi.Require();
        using var workspace = new Workspace();
        string recipe = ParallelRecipes.Gpt(workspace, "run", steps: 3);
        double whole = Peak(workspace, recipe);
        double gradients = Peak(workspace, recipe, "--parallel:zero", "2");
        double stage = Peak(workspace, recipe, "--parallel:pipeline", "2", "--training:accumulate", "2");

        // 16 bytes for each parameter; 4 + 12/2 with ZeRO-2, and with 2 stages for all but 1 % of the parameters. The heap also has
        // gaps, whose size varies by tens of megabytes; ParallelStepTests count what a process keeps exactly.
        (whole - gradients).Should().BeGreaterThan(0.4 * 6 * Parameters);
        (whole - stage).Should().BeGreaterThan(0.4 * 6 * Parameters);
    }

    // Peak of the resident memory of rank 1, in bytes. Rank 0 also has what it writes into checkpoints.
    private static double Peak(Workspace workspace, string recipe, params string[] settings)
    {
        using Process job = MpiRun.OpenMpi.Start(
            2, workspace.Folder, ["run", recipe, "--model:layers", "12", "--model:hiddenSize", "512", "--model:heads", "8",
            "--training:accumulate", "1", "--validation:share", "0", "--checkpoints:every", "0", "--parallel:use", "mpi", .. settings]);
        Task<string> output = job.StandardOutput.ReadToEndAsync(), errors = job.StandardError.ReadToEndAsync();
        double peak = 0;
        while (!job.WaitForExit(TimeSpan.FromMilliseconds(50)))
        {
            int[] ranks = [.. FailureTests.Children(job.Id)];
            string status = $"/proc/{ranks.LastOrDefault()}/status";
            string? line = ranks.Length == 2 && File.Exists(status) ? File.ReadLines(status).FirstOrDefault(IsPeak) : null;
            if (line is not null)
                peak = Math.Max(peak, 1024 * double.Parse(line[Field.Length..^"kB".Length], CultureInfo.InvariantCulture));
        }

        job.ExitCode.Should().Be(0, output.Result + errors.Result);
        return peak;

        static bool IsPeak(string line) => line.StartsWith(Field, StringComparison.Ordinal);
    }
}
