using TorchSharp;
using Tensor = TorchSharp.torch.Tensor;

namespace Tenon.Mpi.Tests;

/// <summary>A run whose processes divide each layer equals the one of one process.</summary>
public sealed class TensorParallelTests
{
    [SkippableTheory]
    [InlineData("gpt", 2, 2, 1)]
    [InlineData("gpt", 2, 2, 2)]
    [InlineData("llama", 2, 1, 0)]
    [InlineData("bert", 2, 1, 0)]
    [InlineData("vit", 2, 1, 0)]
    public void Fifty_steps_with_divided_layers_equal_those_on_one_process(string model, int tensor, int data, int zero)
    {
        MpiRun.OpenMpi.Require();
        using var workspace = new Workspace();
        bool generates = model is "gpt" or "llama";
        string recipe = Recipe(workspace, model, steps: 50, optimizer: "sgd", generates ? ParallelRecipes.Prompts : "");
        Alone(workspace, recipe);
        Divided(workspace, recipe, tensor, data, ["--parallel:zero", $"{zero}"]);

        RunFiles.ShouldBeEqual(workspace);
        if (model == "llama")
            RunFiles.Metric(workspace, "run-2", "train/communication_bytes")[10].Should()
                .BeApproximately(Exchanged(), 0.001 * Exchanged());
    }

    [SkippableTheory]
    [InlineData("gpt", 2, 32, false, 1)]
    [InlineData("llama", 2, 32, false, 1)]
    [InlineData("gpt", 2, 31, true, 1)]
    [InlineData("llama", 4, 31, true, 1)]
    [InlineData("gpt", 4, 31, false, 2)]
    public void Fifty_steps_with_a_divided_sequence_equal_those_on_one_process(
        string model, int ranks, int length, bool checkpoints, int stages)
    {
        MpiRun.OpenMpi.Require();
        using var workspace = new Workspace();
        string recipe = Recipe(workspace, model, steps: 50, optimizer: "sgd", ParallelRecipes.Prompts);
        string[] settings = ["--model:contextLength", $"{length}", "--model:activationCheckpointing", checkpoints ? "true" : "false"];
        Alone(workspace, recipe, settings);
        Divided(workspace, recipe, tensor: 2, data: ranks / 2,
            [.. settings, "--parallel:sequence", "true", "--parallel:pipeline", $"{stages}"]);

        RunFiles.ShouldBeEqual(workspace);
    }

    [SkippableTheory]
    [InlineData("gpt", false)]
    [InlineData("llama", false)]
    [InlineData("gpt", true)]
    [InlineData("llama", true)]
    public void The_gradients_of_each_step_equal_those_on_one_process(string model, bool sequence)
    {
        MpiRun.OpenMpi.Require();
        using var workspace = new Workspace();
        string recipe = Recipe(workspace, model, steps: 4, optimizer: "adamw");
        // The weights stay as they are, and the running mean of the gradients is the newest one, which every checkpoint has.
        string[] settings = ["--training:learningRate", "1e-30", "--training:weightDecay", "0", "--training:beta1", "0",
            "--training:warmupSteps", "0", "--checkpoints:every", "1"];
        Alone(workspace, recipe, settings);
        Divided(workspace, recipe, tensor: 2, data: 1, [.. settings, "--parallel:sequence", sequence ? "true" : "false"]);

        for (int step = 1; step <= 4; step++)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            Dictionary<string, Tensor> expected = Gradients("run", step), actual = Gradients("run-2", step);
            double largest = expected.Values.Max(gradient => gradient.abs().max().item<float>());
            largest.Should().BeGreaterThan(1e-3);
            actual.Keys.Should().BeEquivalentTo(expected.Keys);
            foreach ((string name, Tensor gradient) in expected)
            {
                double difference = (gradient - actual[name]).abs().max().item<float>();
                (difference / largest).Should().BeLessThan(1e-6, "of '{0}', step {1}", name, step);
            }
        }

        Dictionary<string, Tensor> Gradients(string run, int step) =>
            RunFiles.Tensors(workspace, run, "checkpoints", $"step-{step:D8}", "optimizer.safetensors")
                .Where(state => state.Key.EndsWith(".exp_avg", StringComparison.Ordinal)).ToDictionary();
    }

    [SkippableTheory]
    [InlineData("gpt", 1, "false")]
    [InlineData("llama", 2, "false")]
    [InlineData("gpt", 1, "true")]
    [InlineData("llama", 1, "true")]
    public void Fifty_steps_of_LoRA_equal_those_on_one_process(string model, int data, string sequence)
    {
        MpiRun.OpenMpi.Require();
        using var workspace = new Workspace();
        Alone(workspace, Recipe(workspace, model, steps: 20, optimizer: "adamw"), "--name", "base");
        string recipe = Recipe(workspace, model, steps: 50, optimizer: "sgd", ParallelRecipes.Prompts);
        string[] settings = ["--model:from", "runs/base", "--strategy:use", "lora", "--strategy:dropout", "0.1", "--strategy:rank", "4",
            "--training:learningRate", "0.1"];
        Alone(workspace, recipe, settings);
        Divided(workspace, recipe, tensor: 2, data, [.. settings, "--parallel:sequence", sequence]);

        RunFiles.ShouldBeEqual(workspace, "adapter_model.safetensors");
        using DisposeScope scope = torch.NewDisposeScope();
        RunFiles.Tensors(workspace, "run", "adapter_model.safetensors")
            .Where(update => update.Key.Contains("lora_B", StringComparison.Ordinal))
            .Max(update => update.Value.abs().max().item<float>()).Should().BeGreaterThan(1e-3f, "they begin with 0");
    }

    [SkippableFact]
    public void Divided_layers_that_LoRA_would_train_in_full_are_refused_before_the_run()
    {
        MpiRun.OpenMpi.Require();
        using var workspace = new Workspace();
        string recipe = Recipe(workspace, "gpt", steps: 2, optimizer: "sgd");
        Alone(workspace, recipe, "--name", "base");
        ProgramResult refused = MpiRun.OpenMpi.Run(2, workspace.Folder, "run", recipe, "--parallel:use", "mpi", "--parallel:tensor", "2",
            "--model:from", "runs/base", "--strategy:use", "lora", "--strategy:modulesToSave:0", "wte");

        refused.ExitCode.Should().NotBe(0, refused.All);
        refused.Errors.Should().Contain("strategy:modulesToSave: matches 'transformer.wte.weight', which several processes divide");
        Directory.Exists(workspace.At("runs", "run")).Should().BeFalse("nothing was started");
    }

    [SkippableFact]
    public void AdamW_gives_the_same_weights_where_gradients_are_not_noise()
    {
        MpiRun.OpenMpi.Require();
        using var workspace = new Workspace();
        string recipe = Recipe(workspace, "gpt", steps: 50, optimizer: "adamw");
        Alone(workspace, recipe, "--training:learningRate", "3e-4");
        Divided(workspace, recipe, tensor: 2, data: 1, "--training:learningRate", "3e-4");

        using DisposeScope scope = torch.NewDisposeScope();
        Dictionary<string, Tensor> expected = RunFiles.Tensors(workspace, "run", "model.safetensors");
        Dictionary<string, Tensor> actual = RunFiles.Tensors(workspace, "run-2", "model.safetensors");
        Dictionary<string, Tensor> squares = RunFiles.Tensors(workspace, "run", "checkpoints", "step-00000050", "optimizer.safetensors");
        // AdamW divides by the root mean square of a gradient. Where that is below a thousandth of the largest one, as for tokens that
        // the text does not contain and for biases of keys, whose gradient is 0, the sign of a rounding error decides.
        double largest = expected.Keys.Max(name => squares[$"{name}.exp_avg_sq"].sqrt().max().item<float>());
        long compared = 0;
        foreach ((string name, Tensor weight) in expected)
        {
            Tensor counts = squares[$"{name}.exp_avg_sq"].sqrt().ge(1e-3 * largest);
            ((weight - actual[name]).abs() * counts.to(torch.ScalarType.Float32)).max().item<float>().Should().BeLessThan(1e-5f, name);
            compared += counts.sum().item<long>();
        }

        compared.Should().BeGreaterThan(expected.Values.Sum(weight => weight.numel()) / 2, "most weights are compared");
    }

    [SkippableFact]
    public void A_run_resumes_with_another_number_of_processes_for_each_layer()
    {
        MpiRun.OpenMpi.Require();
        using var workspace = new Workspace();
        string recipe = Recipe(workspace, "gpt", steps: 30, optimizer: "sgd");
        string[] settings = ["--training:ema", "0.9"];
        Alone(workspace, recipe, settings);
        Divided(workspace, recipe, tensor: 2, data: 1, settings);
        foreach (int ranks in new[] { 1, 2 })
        {
            // As if the run had ended after step 10, and after step 20.
            foreach (int step in ranks == 1 ? new[] { 20, 30 } : [30])
                Directory.Delete(workspace.At("runs", "run-2", "checkpoints", $"step-{step:D8}"), recursive: true);
            File.Delete(workspace.At("runs", "run-2", "summary.json"));
            string[] command = ["resume", "runs/run-2", "--parallel:tensor", $"{ranks}"];
            ProgramResult resumed = ranks == 1
                ? TenonProgram.Run(workspace.Folder, command) : MpiRun.OpenMpi.Run(ranks, workspace.Folder, command);
            resumed.ExitCode.Should().Be(0, resumed.All);
        }

        foreach (string metric in new[] { "train/loss", "validation/loss" })
            RunFiles.MetricsShouldBeNear(workspace, "run", "run-2", metric, 1e-5);
        RunFiles.LargestDifference(workspace, "run", "run-2").Should().BeLessThan(1e-6);
    }

    [SkippableFact]
    public void Sizes_that_the_processes_cannot_divide_are_refused_before_the_run()
    {
        MpiRun.OpenMpi.Require();
        using var workspace = new Workspace();
        string recipe = Recipe(workspace, "gpt", steps: 2, optimizer: "sgd");
        ProgramResult refused = MpiRun.OpenMpi.Run(2, workspace.Folder, "run", recipe, "--parallel:use", "mpi", "--parallel:tensor", "2",
            "--model:hiddenSize", "48", "--model:heads", "3", "--model:feedForwardSize", "63");

        refused.ExitCode.Should().Be(2, refused.All);
        refused.All.Should().Contain("model:heads: is 3, which 2 processes (parallel:tensor) cannot divide equally. Use a multiple of 2, " +
            "or set parallel:tensor to one of 1, 3.").And.Contain("model:feedForwardSize: is 63");
        Directory.Exists(workspace.At("runs")).Should().BeFalse("nothing was started");
    }

    // Two sums of hidden states in each layer and pass, one after the embedding, one of the gradient before the head, and three numbers
    // for each token. A process sends 2(N − 1)/N of the bytes of a sum; N is 2.
    private static double Exchanged()
    {
        const int batches = 2, rows = 8, tokens = 32, hidden = 32, layers = 2;
        return batches * rows * tokens * sizeof(float) * ((4 * layers + 2) * hidden + 3);
    }

    private static string Recipe(Workspace workspace, string model, int steps, string optimizer, string more = "") => model switch
    {
        "gpt" => ParallelRecipes.Gpt(workspace, "run", steps, optimizer, more),
        "llama" => ParallelRecipes.Llama(workspace, "run", steps, optimizer, more),
        "bert" => ParallelRecipes.Bert(workspace, "run", steps, optimizer, more),
        _ => ParallelRecipes.Vit(workspace, "run", steps, optimizer, more),
    };

    private static void Alone(Workspace workspace, string recipe, params string[] settings)
    {
        ProgramResult alone = TenonProgram.Run(workspace.Folder, ["run", recipe, .. settings]);
        alone.ExitCode.Should().Be(0, alone.All);
    }

    private static void Divided(Workspace workspace, string recipe, int tensor, int data, params string[] settings)
    {
        ProgramResult divided = MpiRun.OpenMpi.Run(
            tensor * data, workspace.Folder, ["run", recipe, "--parallel:use", "mpi", "--parallel:tensor", $"{tensor}", .. settings]);
        divided.ExitCode.Should().Be(0, divided.All);
    }
}
