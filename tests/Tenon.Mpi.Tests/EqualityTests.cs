namespace Tenon.Mpi.Tests;

/// <summary>A recipe gives the same run for any number of processes.</summary>
public sealed class EqualityTests
{
    private const string Sgd = "sgd";

    [SkippableTheory]
    [InlineData("gpt", 2)]
    [InlineData("gpt", 4)]
    [InlineData("bert", 2)]
    public void Fifty_steps_on_several_processes_equal_those_on_one(string model, int ranks)
    {
        MpiRun.OpenMpi.Require();
        using var workspace = new Workspace();
        string recipe = model == "gpt"
            ? ParallelRecipes.Gpt(workspace, "run", optimizer: Sgd) : ParallelRecipes.Bert(workspace, "run", optimizer: Sgd);
        ProgramResult alone = TenonProgram.Run(workspace.Folder, "run", recipe);
        alone.ExitCode.Should().Be(0, alone.All);
        ProgramResult together = MpiRun.OpenMpi.Run(ranks, workspace.Folder, "run", recipe);
        together.ExitCode.Should().Be(0, together.All);

        RunFiles.MetricsShouldBeNear(workspace, "run", "run-2", "train/loss", 1e-5);
        RunFiles.MetricsShouldBeNear(workspace, "run", "run-2", "train/gradient_norm", 1e-5);
        RunFiles.MetricsShouldBeNear(workspace, "run", "run-2", "validation/loss", 1e-5);
        RunFiles.LargestDifference(workspace, "run", "run-2").Should().BeLessThan(1e-6);
        Directory.EnumerateDirectories(workspace.At("runs")).Should().HaveCount(2, "one process writes");
        together.All.Should().NotContain("\u001b", "the launcher's output is not a terminal");
        together.Output.Split('\n').Count(line => line.StartsWith("step", StringComparison.Ordinal))
            .Should().Be(alone.Output.Split('\n').Count(line => line.StartsWith("step", StringComparison.Ordinal)), "one process reports");
    }

    [SkippableTheory]
    [InlineData(2, 1, 2)]
    [InlineData(4, 1, 2)]
    [InlineData(2, 2, 1)]
    [InlineData(2, 2, 2)]
    [InlineData(4, 2, 1)]
    public void ZeRO_changes_no_bit(int ranks, int stage, int accumulate)
    {
        MpiRun.OpenMpi.Require();
        using var workspace = new Workspace();
        string recipe = ParallelRecipes.Gpt(workspace, "run", steps: 20);
        string[] command = ["run", recipe, "--training:accumulate", $"{accumulate}"];
        MpiRun.OpenMpi.Run(ranks, workspace.Folder, command).ExitCode.Should().Be(0);
        ProgramResult divided =
            MpiRun.OpenMpi.Run(ranks, workspace.Folder, [.. command, "--parallel:use", "mpi", "--parallel:zero", $"{stage}"]);
        divided.ExitCode.Should().Be(0, divided.All);

        RunFiles.Bytes(workspace, "run-2", "model.safetensors").Should().Equal(RunFiles.Bytes(workspace, "run", "model.safetensors"));
        RunFiles.Bytes(workspace, "run-2", "checkpoints", "step-00000020", "optimizer.safetensors")
            .Should().Equal(RunFiles.Bytes(workspace, "run", "checkpoints", "step-00000020", "optimizer.safetensors"));
    }

    [SkippableTheory]
    [InlineData("""{ "use": "ppo", "maxNewTokens": 8, "epochs": 2, "whitenRewards": true, "klTarget": 1 }""", "ppo")]
    [InlineData("""{ "use": "grpo", "maxNewTokens": 8, "groupSize": 4, "epochs": 2, "advantageScale": "batch" }""", "grpo")]
    [InlineData("""{ "use": "grpo", "maxNewTokens": 2, "groupSize": 2, "dynamicSampling": true, "maxBatches": 3 }""", "grpo")]
    [InlineData("""{ "use": "online-dpo", "maxNewTokens": 8 }""", "dpo")]
    public void Rollouts_of_several_processes_equal_those_of_one(string strategy, string figures)
    {
        MpiRun.OpenMpi.Require();
        using var workspace = new Workspace();
        string recipe = ParallelRecipes.Rollouts(workspace, "run", strategy);
        ProgramResult alone = TenonProgram.Run(workspace.Folder, "run", recipe);
        alone.ExitCode.Should().Be(0, alone.All);
        ProgramResult together = MpiRun.OpenMpi.Run(2, workspace.Folder, "run", recipe);
        together.ExitCode.Should().Be(0, together.All);

        foreach (string name in new[] { "train/loss", "train/gradient_norm", "reward/regex", $"{figures}/reward", $"{figures}/kl" })
        {
            RunFiles.Metric(workspace, "run", name).Should().NotBeEmpty("'{0}' is recorded", name);
            RunFiles.MetricsShouldBeNear(workspace, "run", "run-2", name, 1e-5);
        }

        RunFiles.LargestDifference(workspace, "run", "run-2").Should().BeLessThan(1e-6);
        RunFiles.Metric(workspace, "run", "reward/regex").Values.Should().Contain(reward => reward > 0);
    }

    [SkippableFact]
    public void A_run_resumes_with_another_number_of_processes()
    {
        MpiRun.OpenMpi.Require();
        using var workspace = new Workspace();
        string recipe = ParallelRecipes.Gpt(workspace, "run", steps: 30, optimizer: Sgd);
        TenonProgram.Run(workspace.Folder, "run", recipe).ExitCode.Should().Be(0);
        string[] divided = ["--parallel:use", "mpi", "--parallel:zero", "1"];
        MpiRun.OpenMpi.Run(4, workspace.Folder, ["run", recipe, "--training:steps", "30", "--checkpoints:every", "10", .. divided])
            .ExitCode.Should().Be(0);
        // As if the run had ended after step 10, and after step 20.
        Directory.Delete(workspace.At("runs", "run-2", "checkpoints", "step-00000030"), recursive: true);
        Directory.Delete(workspace.At("runs", "run-2", "checkpoints", "step-00000020"), recursive: true);
        File.Delete(workspace.At("runs", "run-2", "summary.json"));
        ProgramResult two = MpiRun.OpenMpi.Run(2, workspace.Folder, "resume", "runs/run-2");
        two.ExitCode.Should().Be(0, two.All);
        Directory.Delete(workspace.At("runs", "run-2", "checkpoints", "step-00000030"), recursive: true);
        File.Delete(workspace.At("runs", "run-2", "summary.json"));
        ProgramResult one = TenonProgram.Run(workspace.Folder, "resume", "runs/run-2");
        one.ExitCode.Should().Be(0, one.All);

        RunFiles.LargestDifference(workspace, "run", "run-2").Should().BeLessThan(1e-6);
        RunFiles.MetricsShouldBeNear(workspace, "run", "run-2", "train/loss", 1e-5);
    }

    [SkippableFact]
    public void MPICH_gives_the_same_bits_as_Open_MPI()
    {
        MpiRun.OpenMpi.Require();
        MpiRun.Mpich.Require();
        using var workspace = new Workspace();
        string recipe = ParallelRecipes.Gpt(workspace, "run", steps: 10);
        MpiRun.OpenMpi.Run(2, workspace.Folder, "run", recipe).ExitCode.Should().Be(0);
        ProgramResult mpich = MpiRun.Mpich.Run(2, workspace.Folder, "run", recipe);
        mpich.ExitCode.Should().Be(0, mpich.All);

        mpich.Output.Should().Contain("MPICH");
        RunFiles.Bytes(workspace, "run-2", "model.safetensors").Should().Equal(RunFiles.Bytes(workspace, "run", "model.safetensors"));
    }
}
