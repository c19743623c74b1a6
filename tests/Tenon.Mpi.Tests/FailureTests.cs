using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Tenon.Mpi.Tests;

/// <summary>A failure of one process ends all, with one error, and the run can be resumed.</summary>
public sealed partial class FailureTests
{
    private const int Sigkill = 9;
    private const int Sigterm = 15;
    private const int Sigusr1 = 10;

    // More in the full form (CONTRIBUTING.md).
    private static readonly int Kills = int.Parse(Environment.GetEnvironmentVariable("KILLS") ?? "3");

    [SkippableFact]
    public async Task Killed_processes_end_the_job_and_a_resumed_run_has_the_same_weights()
    {
        MpiRun.OpenMpi.Require();
        using var workspace = new Workspace();
        const int Steps = 60;
        string whole = ParallelRecipes.Gpt(workspace, "whole", Steps);
        var elapsed = Stopwatch.StartNew();
        MpiRun.OpenMpi.Run(2, workspace.Folder, "run", whole).ExitCode.Should().Be(0);
        TimeSpan duration = elapsed.Elapsed;
        var random = new SeededRandom(5);
        int killed = 0;
        for (int attempt = 0; killed < Kills; attempt++)
        {
            attempt.Should().BeLessThan(4 * Kills, "most runs are killed before they end");
            string name = $"killed-{attempt}";
            ParallelRecipes.Gpt(workspace, name, Steps);
            elapsed.Restart();
            using Process job = MpiRun.OpenMpi.Start(2, workspace.Folder, Continue(workspace, name));
            Task<string> output = job.StandardOutput.ReadToEndAsync(), errors = job.StandardError.ReadToEndAsync();
            if (!job.WaitForExit(duration * (0.3 + 0.6 * random.NextDouble())))
            {
                int[] ranks = [.. Children(job.Id)];
                ranks.Should().HaveCount(2);
                Kill(ranks[(int)random.Next(2)], Sigkill).Should().Be(0);
                job.WaitForExit(TimeSpan.FromSeconds(30)).Should().BeTrue("the launcher ends the other process");
                job.ExitCode.Should().NotBe(0);
                killed++;
            }
            else
            {
                // The machine has become faster.
                duration = elapsed.Elapsed;
            }

            (await output + await errors).Should().NotContain("Unexpected failure");
            if (!File.Exists(workspace.At("runs", name, "summary.json")))
            {
                ProgramResult last = MpiRun.OpenMpi.Run(2, workspace.Folder, Continue(workspace, name));
                last.ExitCode.Should().Be(0, last.All);
            }

            RunFiles.Bytes(workspace, name, "model.safetensors").Should().Equal(RunFiles.Bytes(workspace, "whole", "model.safetensors"));
        }
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task SIGTERM_ends_all_processes_with_one_checkpoint(bool toLauncher)
    {
        MpiRun.OpenMpi.Require();
        using var workspace = new Workspace();
        string recipe = ParallelRecipes.Gpt(workspace, "run", steps: 100_000);
        // mpirun waits this long before it passes the signal on, and again before it kills its processes.
        var patient = new MpiRun("Open MPI", "/usr/bin/mpirun.openmpi", "--bind-to", "none", "--oversubscribe", "--mca",
            "odls_base_sigkill_timeout", "10");
        using Process job = patient.Start(2, workspace.Folder, "run", recipe, "--training:logEvery", "1000");
        await FirstStep(job);
        Task<string> output = job.StandardOutput.ReadToEndAsync(), errors = job.StandardError.ReadToEndAsync();
        // One process that hears the signal is enough.
        Kill(toLauncher ? job.Id : Children(job.Id).Last(), Sigterm).Should().Be(0);
        await job.WaitForExitAsync();

        string all = await output + await errors;
        Count(all, "A checkpoint was written").Should().Be(1, all);
        if (!toLauncher)
            job.ExitCode.Should().Be(130, all);
        string[] checkpoints = [.. Directory.EnumerateDirectories(workspace.At("runs", "run", "checkpoints")).Order()];
        ProgramResult resumed = MpiRun.OpenMpi.Run(2, workspace.Folder, "resume", "runs/run", "--training:steps",
            $"{int.Parse(Path.GetFileName(checkpoints[^1])["step-".Length..]) + 2}");
        resumed.ExitCode.Should().Be(0, resumed.All);
    }

    [SkippableFact]
    public async Task SIGUSR1_writes_a_checkpoint_and_the_run_continues()
    {
        MpiRun.OpenMpi.Require();
        using var workspace = new Workspace();
        string recipe = ParallelRecipes.Gpt(workspace, "run", steps: 100_000);
        using Process job = MpiRun.OpenMpi.Start(2, workspace.Folder, "run", recipe, "--checkpoints:every", "0");
        await FirstStep(job);
        Kill(Children(job.Id).First(), Sigusr1).Should().Be(0);
        string checkpoints = workspace.At("runs", "run", "checkpoints");
        var waited = Stopwatch.StartNew();
        while (!(Directory.Exists(checkpoints) && Directory.EnumerateDirectories(checkpoints, "step-????????").Any()))
        {
            waited.Elapsed.Should().BeLessThan(TimeSpan.FromMinutes(1));
            await Task.Delay(20);
        }

        job.HasExited.Should().BeFalse();
        (await job.StandardOutput.ReadLineAsync()).Should().NotBeNull("the run continues");
        job.Kill(entireProcessTree: true);
        await job.WaitForExitAsync();
    }

    [SkippableFact]
    public void A_process_that_hangs_ends_the_job_after_the_timeout()
    {
        MpiRun.OpenMpi.Require();
        using var workspace = new Workspace();
        string recipe = ParallelRecipes.Gpt(workspace, "run", steps: 100_000);
        using Process job = MpiRun.OpenMpi.Start(2, workspace.Folder, "run", recipe, "--parallel:use", "mpi", "--parallel:timeout", "15");
        FirstStep(job).Wait();
        Task<string> output = job.StandardOutput.ReadToEndAsync(), errors = job.StandardError.ReadToEndAsync();
        var elapsed = Stopwatch.StartNew();
        Kill(Children(job.Id).Last(), Sigstop).Should().Be(0);
        job.WaitForExit(TimeSpan.FromSeconds(90)).Should().BeTrue();

        elapsed.Elapsed.Should().BeGreaterThan(TimeSpan.FromSeconds(14));
        job.ExitCode.Should().Be(4);
        string all = output.Result + errors.Result;
        Count(all, "did not finish within 15 seconds: a rank hangs or is unreachable").Should().Be(1, all);
    }

    [SkippableFact]
    public void An_error_of_one_process_ends_all_with_its_message_and_exit_code()
    {
        MpiRun.OpenMpi.Require();
        using var workspace = new Workspace();
        string recipe = ParallelRecipes.Gpt(workspace, "run", steps: 100_000);
        // Only the process that writes notices that its folder is gone.
        using Process job = MpiRun.OpenMpi.Start(2, workspace.Folder, "run", recipe, "--checkpoints:every", "5");
        FirstStep(job).Wait();
        Task<string> output = job.StandardOutput.ReadToEndAsync(), errors = job.StandardError.ReadToEndAsync();
        Directory.Move(workspace.At("runs", "run"), workspace.At("runs", "moved"));
        job.WaitForExit(TimeSpan.FromSeconds(60)).Should().BeTrue();

        job.ExitCode.Should().Be(4);
        string all = output.Result + errors.Result;
        Count(all, "was deleted or moved during the run").Should().Be(1, all);
    }

    [SkippableFact]
    public void Processes_with_different_recipes_are_refused()
    {
        MpiRun.OpenMpi.Require();
        using var workspace = new Workspace();
        string recipe = ParallelRecipes.Gpt(workspace, "run");
        using Process job = MpiRun.OpenMpi.StartEach(
            workspace.Folder, ["run", recipe], ["run", recipe, "--training:learningRate", "0.5"]);
        Task<string> output = job.StandardOutput.ReadToEndAsync(), errors = job.StandardError.ReadToEndAsync();
        job.WaitForExit(TimeSpan.FromMinutes(2)).Should().BeTrue();

        job.ExitCode.Should().Be(4);
        string all = output.Result + errors.Result;
        Count(all, "The processes do not train the same run: the recipe of rank 1 differs from rank 0.").Should().Be(1, all);
        Directory.Exists(workspace.At("runs")).Should().BeFalse("a refused run leaves nothing");
    }

    [SkippableTheory]
    [InlineData(3, "training:batchSize: is 8, which 3 processes cannot divide equally.")]
    [InlineData(2, "parallel:data: is 3, but this job has 2 processes; allowed: 2.", "--parallel:use", "mpi", "--parallel:data", "3")]
    public void Numbers_that_do_not_divide_are_refused(int ranks, string message, params string[] settings)
    {
        MpiRun.OpenMpi.Require();
        using var workspace = new Workspace();
        string recipe = ParallelRecipes.Gpt(workspace, "run");
        ProgramResult refused = MpiRun.OpenMpi.Run(ranks, workspace.Folder, ["run", recipe, .. settings]);

        refused.ExitCode.Should().Be(2);
        Count(refused.Errors, message).Should().Be(1, refused.All);
        Directory.Exists(workspace.At("runs")).Should().BeFalse();
    }

    [SkippableFact]
    public void Commands_of_one_process_are_refused()
    {
        MpiRun.OpenMpi.Require();
        using var workspace = new Workspace();
        ProgramResult refused = MpiRun.OpenMpi.Run(2, workspace.Folder, "chat", "runs/run");

        refused.ExitCode.Should().Be(2);
        Count(refused.Errors, "'tenon chat' runs in one process, but 2 were started (OMPI_COMM_WORLD_SIZE).").Should()
            .Be(1, refused.All);
    }

    [SkippableFact]
    public void A_library_that_does_not_belong_to_the_launcher_is_refused()
    {
        MpiRun.OpenMpi.Require();
        MpiRun.Mpich.Require();
        using var workspace = new Workspace();
        string recipe = ParallelRecipes.Gpt(workspace, "run");
        ProgramResult refused = MpiRun.Mpich.Run(
            2, workspace.Folder, "run", recipe, "--parallel:use", "mpi", "--parallel:library", "libmpi.so.40");

        refused.ExitCode.Should().NotBe(0);
        refused.Errors.Should().Contain("The launcher started 2 processes (PMI_SIZE), but Open MPI").And.Contain("connects 1");
        Directory.Exists(workspace.At("runs")).Should().BeFalse();
    }

    private static string[] Continue(Workspace workspace, string name)
    {
        string run = workspace.At("runs", name), checkpoints = Path.Combine(run, "checkpoints");
        if (!File.Exists(Path.Combine(run, "recipe.json")))
        {
            if (Directory.Exists(run))
                Directory.Delete(run, recursive: true);
            return ["run", workspace.At($"{name}.json")];
        }

        bool any = Directory.Exists(checkpoints) && Directory.EnumerateDirectories(checkpoints, "step-????????").Any();
        return ["resume", run, .. any ? Array.Empty<string>() : ["--restart"]];
    }

    private static async Task FirstStep(Process job)
    {
        while (await job.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line.StartsWith("step", StringComparison.Ordinal))
                return;
        }

        throw new InvalidOperationException($"The run ended before its first step: {await job.StandardError.ReadToEndAsync()}");
    }

    private static int Count(string text, string part) => text.Split(part).Length - 1;

    // The ranks that a launcher on this machine has started.
    internal static IEnumerable<int> Children(int process)
    {
        string children = $"/proc/{process}/task/{process}/children";
        return File.Exists(children)
            ? File.ReadAllText(children).Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse) : [];
    }

    private const int Sigstop = 19;

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
