namespace Tenon.Mpi.Tests;

/// <summary>Processes that divide the layers of a model train like one.</summary>
public sealed class PipelineTests
{
    private const string Sgd = "sgd";
    private static readonly string[] _pipeline = Pipeline(2);

    [SkippableTheory]
    [InlineData("gpt", 2, 2)]
    [InlineData("gpt", 4, 2)]
    [InlineData("llama", 2, 2)]
    [InlineData("llama", 4, 4)]
    public void Fifty_steps_in_stages_equal_those_of_one_process(string model, int ranks, int stages)
    {
        MpiRun.OpenMpi.Require();
        using var workspace = new Workspace();
        string[] command = ["run", Recipe(workspace, model), "--training:accumulate", "4"];
        ProgramResult alone = TenonProgram.Run(workspace.Folder, command);
        alone.ExitCode.Should().Be(0, alone.All);
        ProgramResult staged = MpiRun.OpenMpi.Run(ranks, workspace.Folder, [.. command, .. Pipeline(stages)]);
        staged.ExitCode.Should().Be(0, staged.All);

        foreach (string name in new[] { "train/loss", "train/gradient_norm", "validation/loss" })
            RunFiles.MetricsShouldBeNear(workspace, "run", "run-2", name, 1e-5);
        RunFiles.LargestDifference(workspace, "run", "run-2").Should().BeLessThan(1e-6);
        RunFiles.Metric(workspace, "run-2", "time/bubble_share").Values
            .Should().HaveCount(50).And.OnlyContain(share => share > 0 && share < 1);
    }

    [SkippableTheory]
    [InlineData("gpt", 2)]
    [InlineData("gpt", 4)]
    [InlineData("llama", 2)]
    public void Gradients_are_those_of_one_process(string model, int ranks)
    {
        MpiRun.OpenMpi.Require();
        using var workspace = new Workspace();
        // One step without momentum and schedule: the weights change by the gradients, times the rate.
        string[] command = ["run", Recipe(workspace, model), "--training:accumulate", "3", "--training:steps", "1", "--training:clip", "0",
            "--training:momentum", "0", "--training:warmupSteps", "0", "--training:schedule", "constant", "--training:learningRate", "10",
            "--training:weightDecay", "0"];
        TenonProgram.Run(workspace.Folder, command).ExitCode.Should().Be(0);
        ProgramResult staged = MpiRun.OpenMpi.Run(ranks, workspace.Folder, [.. command, .. _pipeline]);
        staged.ExitCode.Should().Be(0, staged.All);
        ProgramResult still = TenonProgram.Run(workspace.Folder, [.. command, "--training:learningRate", "1e-30"]);
        still.ExitCode.Should().Be(0, still.All);

        double largest = RunFiles.LargestDifference(workspace, "run", "run-3");
        largest.Should().BeGreaterThan(0.1);
        RunFiles.LargestDifference(workspace, "run", "run-2").Should().BeLessThan(1e-6 * largest);
    }

    [SkippableFact]
    public void A_run_resumes_with_other_sizes()
    {
        MpiRun.OpenMpi.Require();
        using var workspace = new Workspace();
        string recipe = ParallelRecipes.Gpt(workspace, "run", steps: 30, optimizer: Sgd);
        TenonProgram.Run(workspace.Folder, "run", recipe).ExitCode.Should().Be(0);
        MpiRun.OpenMpi.Run(4, workspace.Folder, ["run", recipe, .. _pipeline]).ExitCode.Should().Be(0);
        // As if the run had ended after step 10, and after step 20.
        Unfinish("step-00000030", "step-00000020");
        ProgramResult data = MpiRun.OpenMpi.Run(2, workspace.Folder, "resume", "runs/run-2", "--parallel:pipeline", "1");
        data.ExitCode.Should().Be(0, data.All);
        Unfinish("step-00000030");
        ProgramResult staged = MpiRun.OpenMpi.Run(2, workspace.Folder, "resume", "runs/run-2", "--parallel:pipeline", "2");
        staged.ExitCode.Should().Be(0, staged.All);

        RunFiles.LargestDifference(workspace, "run", "run-2").Should().BeLessThan(1e-6);
        RunFiles.MetricsShouldBeNear(workspace, "run", "run-2", "train/loss", 1e-5);

        void Unfinish(params string[] checkpoints)
        {
            foreach (string checkpoint in checkpoints)
                Directory.Delete(workspace.At("runs", "run-2", "checkpoints", checkpoint), recursive: true);
            File.Delete(workspace.At("runs", "run-2", "summary.json"));
        }
    }

    [SkippableFact]
    public void More_stages_than_layers_are_refused()
    {
        MpiRun.OpenMpi.Require();
        using var workspace = new Workspace();
        string recipe = ParallelRecipes.Gpt(workspace, "run");
        ProgramResult refused =
            MpiRun.OpenMpi.Run(3, workspace.Folder, "run", recipe, "--parallel:use", "mpi", "--parallel:pipeline", "3");

        refused.ExitCode.Should().NotBe(0);
        refused.Errors.Should().Contain("The model has 2 layers, but parallel:pipeline is 3. Set it to 2 or less.");
        Directory.Exists(workspace.At("runs")).Should().BeFalse();
    }

    private static string[] Pipeline(int stages) => ["--parallel:use", "mpi", "--parallel:pipeline", $"{stages}"];

    private static string Recipe(Workspace workspace, string model) => model == "gpt"
        ? ParallelRecipes.Gpt(workspace, "run", optimizer: Sgd) : ParallelRecipes.Llama(workspace, "run", optimizer: Sgd, layers: 5);
}
