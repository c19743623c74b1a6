using System.Text.Json.Nodes;

namespace Tenon.Mpi.Tests;

/// <summary>Processes that divide the layers of a model generate and evaluate like one.</summary>
public sealed class DividedGenerationTests
{
    [SkippableTheory]
    [InlineData("gpt", "--prompt", "the ", "--max-new-tokens", "24")]
    [InlineData("gpt", "--prompt", "the ", "--prompt", "a", "--max-new-tokens", "24", "--temperature", "0", "--json")]
    [InlineData("llama", "--prompt", "the ", "--prompt", "a", "--max-new-tokens", "16", "--json")]
    [InlineData("llama", "--prompt", "the ", "--max-new-tokens", "16", "--beams", "3", "--n-best", "2")]
    public void The_text_is_that_of_one_process(string model, params string[] options)
    {
        MpiRun.OpenMpi.Require();
        using var workspace = new Workspace();
        string folder = Train(workspace, model);
        ProgramResult alone = TenonProgram.Run(workspace.Folder, ["generate", folder, .. options]);
        alone.ExitCode.Should().Be(0, alone.All);
        ProgramResult divided = MpiRun.OpenMpi.Run(2, workspace.Folder, ["generate", folder, .. options]);
        divided.ExitCode.Should().Be(0, divided.All);

        divided.Output.Should().Be(alone.Output, "one process writes");
        divided.Errors.Should().Be(alone.Errors);
    }

    [SkippableFact]
    public void One_process_writes_the_file_of_results()
    {
        MpiRun.OpenMpi.Require();
        using var workspace = new Workspace();
        string folder = Train(workspace, "gpt");
        string[] command = ["generate", folder, "--prompt", "the ", "--prompt", "a", "--max-new-tokens", "16", "--output"];
        TenonProgram.Run(workspace.Folder, [.. command, "alone.jsonl"]).ExitCode.Should().Be(0);
        ProgramResult divided =
            MpiRun.OpenMpi.Run(2, workspace.Folder, [.. command, "divided.jsonl", "--parallel:use", "mpi", "--parallel:tensor", "2"]);
        divided.ExitCode.Should().Be(0, divided.All);

        File.ReadAllText(workspace.At("divided.jsonl")).Should().Be(File.ReadAllText(workspace.At("alone.jsonl")));
        divided.Output.Should().Contain("Wrote 2 results", Exactly.Once());
    }

    [SkippableTheory]
    [InlineData("gpt")]
    [InlineData("llama")]
    public void The_figures_are_those_of_one_process(string model)
    {
        MpiRun.OpenMpi.Require();
        using var workspace = new Workspace();
        // The processes that trained the model do not matter.
        string folder = Train(workspace, model, "--parallel:use", "mpi", "--parallel:data", "2");
        string[] command = ["eval", folder, "--json"];
        JsonNode alone = Measure(TenonProgram.Run(workspace.Folder, command));
        JsonNode divided = Measure(MpiRun.OpenMpi.Run(2, workspace.Folder, [.. command, "--output", "figures"]));

        divided["loss"]!.GetValue<double>().Should().BeApproximately(alone["loss"]!.GetValue<double>(), 1e-6);
        divided["examples"]!.GetValue<long>().Should().Be(alone["examples"]!.GetValue<long>());
        File.Exists(workspace.At("figures", "evaluation.json")).Should().BeTrue();

        static JsonNode Measure(ProgramResult result)
        {
            result.ExitCode.Should().Be(0, result.All);
            return JsonNode.Parse(result.Output)!;
        }
    }

    [SkippableTheory]
    [InlineData("--weights int8: the numbers of each output share a scale", "--weights", "int8")]
    [InlineData("--draft needs one process, but 2 were started", "--draft", "runs/run")]
    [InlineData("Standard input needs one process, but 2 were started", "--input", "-")]
    [InlineData("2 processes were started, but parallel:tensor is 1. Processes only divide the layers", "--parallel:tensor", "1")]
    [InlineData("parallel:tensor: is 3, which does not divide the 2 processes of this job", "--parallel:tensor", "3")]
    public void What_the_processes_cannot_share_is_refused(string message, params string[] options)
    {
        MpiRun.OpenMpi.Require();
        using var workspace = new Workspace();
        string folder = Train(workspace, "gpt");
        ProgramResult refused = MpiRun.OpenMpi.Run(2, workspace.Folder, ["generate", folder, "--prompt", "the ", .. options]);

        refused.ExitCode.Should().NotBe(0, refused.All);
        refused.Errors.Should().Contain(message);
        refused.Output.Should().BeEmpty();
    }

    [SkippableFact]
    public void Sizes_that_the_processes_cannot_divide_are_refused()
    {
        MpiRun.OpenMpi.Require();
        using var workspace = new Workspace();
        string folder = Train(workspace, "gpt");
        ProgramResult refused = MpiRun.OpenMpi.Run(3, workspace.Folder, "generate", folder, "--prompt", "the ");

        refused.ExitCode.Should().NotBe(0, refused.All);
        refused.Errors.Should().Contain("model:heads: is 2, which 3 processes (parallel:tensor) cannot divide equally.");
    }

    private static string Train(Workspace workspace, string model, params string[] sizes)
    {
        string recipe = model == "gpt"
            ? ParallelRecipes.Gpt(workspace, "run", steps: 30) : ParallelRecipes.Llama(workspace, "run", steps: 30);
        string[] command = ["run", recipe, "--training:learningRate", "1e-2", .. sizes];
        ProgramResult run = sizes.Length == 0
            ? TenonProgram.Run(workspace.Folder, command) : MpiRun.OpenMpi.Run(2, workspace.Folder, command);
        run.ExitCode.Should().Be(0, run.All);
        return "runs/run";
    }
}
