using System.Diagnostics;

namespace Tenon.Mpi.Tests;

/// <summary>Processes on two hosts train like those on one, and a link that breaks ends the job.</summary>
public sealed class TwoHostsTests
{
    [SkippableFact]
    public void Two_hosts_train_like_one()
    {
        MpiRun.OpenMpi.Require();
        using var workspace = new Workspace();
        using var hosts = new TwoHosts(workspace);
        string recipe = ParallelRecipes.Gpt(workspace, "run", steps: 20);
        MpiRun.OpenMpi.Run(2, workspace.Folder, "run", recipe).ExitCode.Should().Be(0);
        ProgramResult apart = hosts.Launcher.Run(2, workspace.Folder, "run", recipe);
        apart.ExitCode.Should().Be(0, apart.All);

        RunFiles.LargestDifference(workspace, "run", "run-2").Should().BeLessThan(1e-6);
    }

    [SkippableFact]
    public async Task A_broken_link_ends_the_job_and_a_resumed_run_has_the_same_weights()
    {
        MpiRun.OpenMpi.Require();
        using var workspace = new Workspace();
        using var hosts = new TwoHosts(workspace);
        const int Steps = 300;
        string whole = ParallelRecipes.Gpt(workspace, "whole", Steps), broken = ParallelRecipes.Gpt(workspace, "broken", Steps);
        hosts.Launcher.Run(2, workspace.Folder, "run", whole).ExitCode.Should().Be(0);
        using (Process job = hosts.Launcher.Start(
            2, workspace.Folder, "run", broken, "--parallel:use", "mpi", "--parallel:timeout", "20"))
        {
            // The first checkpoint is written after step 10.
            for (int steps = 0; steps < 20 && await job.StandardOutput.ReadLineAsync() is { } line;)
                steps += line.StartsWith("step", StringComparison.Ordinal) ? 1 : 0;
            Task<string> output = job.StandardOutput.ReadToEndAsync(), errors = job.StandardError.ReadToEndAsync();
            var elapsed = Stopwatch.StartNew();
            hosts.SetLink(isUp: false);
            job.WaitForExit(TimeSpan.FromSeconds(60)).Should().BeTrue("the launcher notices that the other host does not answer");
            job.ExitCode.Should().NotBe(0, await output + await errors);
            elapsed.Elapsed.Should().BeLessThan(TimeSpan.FromSeconds(40));
            while (hosts.Processes(1).Length > 0)
            {
                elapsed.Elapsed.Should().BeLessThan(TimeSpan.FromSeconds(60), "the process on the other host ends as well");
                await Task.Delay(100);
            }
        }

        File.Exists(workspace.At("runs", "broken", "summary.json")).Should().BeFalse();
        hosts.SetLink(isUp: true);
        ProgramResult resumed = hosts.Launcher.Run(2, workspace.Folder, "resume", "runs/broken", "--parallel:timeout", "600");
        resumed.ExitCode.Should().Be(0, resumed.All);
        RunFiles.Bytes(workspace, "broken", "model.safetensors").Should().Equal(RunFiles.Bytes(workspace, "whole", "model.safetensors"));
    }
}
