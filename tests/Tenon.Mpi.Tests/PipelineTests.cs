namespace Tenon.Mpi.Tests;

/// <summary>Processes that divide the sequence of layers of a model, and also each layer, train like one.</summary>
public sealed class PipelineTests
{
    private const string Sgd = "sgd";

    [SkippableTheory]
    [InlineData("gpt", 2, 2, 1, 1)]
    [InlineData("gpt", 4, 2, 1, 1)]
    [InlineData("llama", 2, 2, 1, 1)]
    [InlineData("llama", 4, 4, 1, 1)]
    [InlineData("gpt", 4, 2, 2, 1)]
    [InlineData("llama", 4, 2, 2, 1)]
    [InlineData("gpt", 2, 2, 1, 2)]
    [InlineData("llama", 4, 2, 2, 2)]
    public void Fifty_steps_in_stages_equal_those_of_one_process(string model, int ranks, int stages, int tensor, int chunks)
    {
        MpiRun.OpenMpi.Require();
        using var workspace = new Workspace();
        Train(workspace, model, ranks, [.. Pipeline(stages), .. Tensor(tensor), .. Chunks(chunks)]);

        RunFiles.ShouldBeEqual(workspace);
        RunFiles.Metric(workspace, "run-2", "time/bubble_share").Values
            .Should().HaveCount(50).And.OnlyContain(share => share > 0 && share < 1);
    }

    [SkippableTheory]
    [InlineData("gpt")]
    [InlineData("llama")]
    public void Eight_processes_that_divide_batches_layers_and_their_sequence_equal_one(string model)
    {
        MpiRun.OpenMpi.Require();
        using var workspace = new Workspace();
        Train(workspace, model, ranks: 8, [.. Pipeline(2), .. Tensor(2)], "--training:steps", "3", "--validation:every", "3");

        RunFiles.ShouldBeEqual(workspace);
    }

    [SkippableFact]
    public void Fine_tuning_in_stages_of_divided_layers_equals_that_of_one_process()
    {
        MpiRun.OpenMpi.Require();
        using var workspace = new Workspace();
        ProgramResult trained = TenonProgram.Run(workspace.Folder, "run", ParallelRecipes.Gpt(workspace, "base", steps: 10, layers: 4));
        trained.ExitCode.Should().Be(0, trained.All);
        Train(workspace, "gpt", ranks: 4, [.. Pipeline(2), .. Tensor(2)], "--model:from", "runs/base", "--strategy:use", "finetune",
            "--training:steps", "10");

        RunFiles.ShouldBeEqual(workspace);
    }

    [SkippableFact]
    public void A_number_of_micro_batches_that_the_stages_do_not_divide_fits_the_interleaved_schedule()
    {
        MpiRun.OpenMpi.Require();
        using var workspace = new Workspace();
        Train(workspace, "gpt", ranks: 2, [.. Pipeline(2), .. Chunks(2)], "--training:accumulate", "3", "--training:steps", "10");

        RunFiles.ShouldBeEqual(workspace);
    }

    [SkippableTheory]
    [InlineData(2, 1)]
    [InlineData(4, 1)]
    [InlineData(4, 2)]
    public void The_saved_averages_of_stages_are_those_of_one_process(int ranks, int tensor)
    {
        MpiRun.OpenMpi.Require();
        using var workspace = new Workspace();
        Train(workspace, "gpt", ranks, [.. Pipeline(2), .. Tensor(tensor)], "--training:ema", "0.9");

        RunFiles.ShouldBeEqual(workspace);
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(2)]
    public void ZeRO_changes_no_bit_of_stages(int stage)
    {
        MpiRun.OpenMpi.Require();
        using var workspace = new Workspace();
        string[] command = ["run", ParallelRecipes.Gpt(workspace, "run", steps: 20), .. Pipeline(2)];
        MpiRun.OpenMpi.Run(4, workspace.Folder, command).ExitCode.Should().Be(0);
        ProgramResult divided = MpiRun.OpenMpi.Run(4, workspace.Folder, [.. command, "--parallel:zero", $"{stage}"]);
        divided.ExitCode.Should().Be(0, divided.All);

        foreach (string[] file in new string[][] { ["model.safetensors"], ["checkpoints", "step-00000020", "optimizer.safetensors"] })
            RunFiles.Bytes(workspace, "run-2", file).Should().Equal(RunFiles.Bytes(workspace, "run", file));
    }

    [SkippableTheory]
    [InlineData("gpt", 2, 1, 1)]
    [InlineData("gpt", 4, 1, 1)]
    [InlineData("llama", 2, 1, 1)]
    [InlineData("gpt", 4, 2, 1)]
    [InlineData("llama", 4, 2, 1)]
    [InlineData("llama", 2, 1, 2)]
    public void Gradients_are_those_of_one_process(string model, int ranks, int tensor, int chunks)
    {
        MpiRun.OpenMpi.Require();
        using var workspace = new Workspace();
        // One step without momentum and schedule: the weights change by the gradients, times the rate.
        string[] settings = ["--training:accumulate", "3", "--training:steps", "1", "--training:clip", "0", "--training:momentum", "0",
            "--training:warmupSteps", "0", "--training:schedule", "constant", "--training:learningRate", "10",
            "--training:weightDecay", "0"];
        string recipe = Train(workspace, model, ranks, [.. Pipeline(2), .. Tensor(tensor), .. Chunks(chunks)], settings);
        ProgramResult still = TenonProgram.Run(workspace.Folder, ["run", recipe, .. settings, "--training:learningRate", "1e-30"]);
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
        string recipe = ParallelRecipes.Gpt(workspace, "run", steps: 40, optimizer: Sgd);
        string[] settings = ["--training:ema", "0.9"];
        TenonProgram.Run(workspace.Folder, ["run", recipe, .. settings]).ExitCode.Should().Be(0);
        ProgramResult both = MpiRun.OpenMpi.Run(4, workspace.Folder, ["run", recipe, .. settings, .. Pipeline(2), .. Tensor(2)]);
        both.ExitCode.Should().Be(0, both.All);
        // As if the run had ended after step 10, then after step 20, and after step 30.
        Resume(4, 10, "--parallel:pipeline", "1", "--parallel:tensor", "1", "--parallel:zero", "1");
        Resume(4, 20, "--parallel:pipeline", "2", "--parallel:tensor", "1", "--parallel:zero", "1");
        Resume(4, 30, "--parallel:pipeline", "2", "--parallel:tensor", "2", "--parallel:zero", "0");

        RunFiles.ShouldBeEqual(workspace);

        void Resume(int ranks, int step, params string[] sizes)
        {
            for (int later = step + 10; later <= 40; later += 10)
                Directory.Delete(workspace.At("runs", "run-2", "checkpoints", $"step-{later:D8}"), recursive: true);
            File.Delete(workspace.At("runs", "run-2", "summary.json"));
            ProgramResult resumed = MpiRun.OpenMpi.Run(ranks, workspace.Folder, ["resume", "runs/run-2", .. sizes]);
            resumed.ExitCode.Should().Be(0, resumed.All);
        }
    }

    [SkippableTheory]
    [InlineData(3, "The model has 2 layers, but parallel:pipeline is 3. Set it to 2 or less.", "--parallel:pipeline", "3")]
    [InlineData(2, "The model has 2 layers, but parallel:pipeline times parallel:chunks is 4. Set it to 2 or less.", "--parallel:pipeline",
        "2", "--parallel:chunks", "2")]
    public void More_stages_than_layers_are_refused(int ranks, string message, params string[] settings)
    {
        MpiRun.OpenMpi.Require();
        using var workspace = new Workspace();
        string recipe = ParallelRecipes.Gpt(workspace, "run");
        ProgramResult refused = MpiRun.OpenMpi.Run(ranks, workspace.Folder, ["run", recipe, "--parallel:use", "mpi", .. settings]);

        refused.ExitCode.Should().NotBe(0);
        refused.Errors.Should().Contain(message);
        Directory.Exists(workspace.At("runs")).Should().BeFalse();
    }

    private static string[] Pipeline(int stages) => ["--parallel:use", "mpi", "--parallel:pipeline", $"{stages}"];

    private static string[] Tensor(int ranks) => ["--parallel:tensor", $"{ranks}"];

    private static string[] Chunks(int chunks) => ["--parallel:chunks", $"{chunks}"];

    // The same run on one process, and on several. Returns the recipe.
    private static string Train(Workspace workspace, string model, int ranks, string[] sizes, params string[] settings)
    {
        string recipe = model == "gpt"
            ? ParallelRecipes.Gpt(workspace, "run", optimizer: Sgd, more: ParallelRecipes.Prompts, layers: 4)
            : ParallelRecipes.Llama(workspace, "run", optimizer: Sgd, more: ParallelRecipes.Prompts, layers: 5);
        string[] command = ["run", recipe, "--training:accumulate", "4", .. settings];
        ProgramResult alone = TenonProgram.Run(workspace.Folder, command);
        alone.ExitCode.Should().Be(0, alone.All);
        ProgramResult staged = MpiRun.OpenMpi.Run(ranks, workspace.Folder, [.. command, .. sizes]);
        staged.ExitCode.Should().Be(0, staged.All);
        return recipe;
    }
}
