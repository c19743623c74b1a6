using System.Text.Json.Nodes;
using Tenon.Host.Recipes;
using Tenon.Host.Training;
using Tenon.Layers;

namespace Tenon.Gpt.Tests;

public class GptTrainingTests
{
    // tests/data/goldens/gpt2-train/README.md describes the run whose hyper-parameters train.json has.
    [Fact]
    public void Steps_of_the_hosts_training_step_follow_the_reference()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using GptModel model = Models.Golden("gpt2-train");
        model.train();
        Tensor tokens = Goldens.Read("gpt2-train", "inputs.safetensors")["tokens"];
        float[] losses = Models.Values(Goldens.Read("gpt2-train", "outputs.safetensors")["losses"]);
        float[] norms = Models.Values(Goldens.Read("gpt2-train", "outputs.safetensors")["grad_norms"]);
        JsonNode train = JsonNode.Parse(File.ReadAllText(Goldens.File("gpt2-train", "train.json")))!;
        (int batchSize, int length) = ((int)train["B"]!, (int)train["T"]!);
        var options = new TrainingOptions
        {
            Steps = (int)train["steps"]!,
            LearningRate = (double)train["lr"]!,
            FinalLearningRateShare = (double)train["min_lr"]! / (double)train["lr"]!,
            WarmupSteps = (int)train["warmup"]!,
            Beta1 = (double)train["betas"]![0]!,
            Beta2 = (double)train["betas"]![1]!,
            WeightDecay = (double)train["wd"]!,
            Clip = (double)train["clip"]!,
        };
        using var step = new TrainingStep(new TrainedParameters(model, new OptimizationSetup()), options, Precision.Fp32,
            new SeededRandom(1));
        double worstLoss = 0;
        double worstNorm = 0;

        for (int i = 0; i < options.Steps; i++)
        {
            using DisposeScope inner = torch.NewDisposeScope();
            Tensor block = tokens[i];
            using var batch = new Batch(
                new Dictionary<string, Tensor>
                {
                    ["input_ids"] = block.narrow(1, 0, length).contiguous(),
                    ["labels"] = block.narrow(1, 1, length).contiguous(),
                },
                examples: batchSize,
                targets: batchSize * length);
            StepResult result = step.Run(i, [batch], model.Loss);
            worstLoss = Math.Max(worstLoss, Math.Abs(result.Loss - losses[i]));
            worstNorm = Math.Max(worstNorm, Math.Abs(result.GradientNorm - norms[i]));
        }

        worstLoss.Should().BeLessThan(1e-4);
        worstNorm.Should().BeLessThan(1e-3);
        Dictionary<string, Tensor> final = Goldens.Read("gpt2-train", "final.safetensors");
        double worstWeight = model.named_parameters().Max(pair => Goldens.Difference(pair.parameter, final[pair.name]));
        worstWeight.Should().BeLessThan(1e-3);
        Console.WriteLine($"gpt2-train: losses {worstLoss:g3}, norms {worstNorm:g3}, final weights {worstWeight:g3}");
    }

    // 50 and 53 classes: with and without a rest behind the vectors. No chunk size: the loss's own.
    [Theory]
    [InlineData(false, 50, 3)]
    [InlineData(true, 50, 3)]
    [InlineData(false, 53, null)]
    [InlineData(true, 53, null)]
    [InlineData(false, 5, null)]
    [InlineData(true, 1000, null)]
    public void Loss_in_chunks_has_the_value_and_gradients_of_torch_s_own(bool bfloat16, int classes, int? chunkRows)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.manual_seed(3);
        var autocast = new Autocast { Type = bfloat16 ? torch.ScalarType.BFloat16 : torch.ScalarType.Float32 };
        Tensor hidden = torch.randn(10, 8).requires_grad_();
        Tensor weight = torch.randn(classes, 8).requires_grad_();
        Tensor labels = torch.tensor(new long[] { 1, 2, -100, 4, 4, -100, -100, classes - 1, 0, 3 });
        Tensor whole = CrossEntropy.OfLinear(hidden, weight, labels, autocast, chunkRows: 10);
        (whole * 3).backward();
        (Tensor wholeHidden, Tensor wholeWeight) = (hidden.grad!.clone(), weight.grad!.clone());
        hidden.grad = null;
        weight.grad = null;

        Tensor chunked = CrossEntropy.OfLinear(hidden, weight, labels, autocast, chunkRows);
        (chunked * 3).backward();
        Tensor judged;
        using (torch.no_grad())
            judged = CrossEntropy.OfLinear(hidden, weight, labels, autocast, chunkRows);

        Goldens.Difference(chunked, whole).Should().BeLessThan(1e-6);
        Goldens.Difference(judged, whole).Should().BeLessThan(1e-6);
        Goldens.Difference(hidden.grad!, wholeHidden).Should().BeLessThan(bfloat16 ? 2e-2 : 1e-6);
        Goldens.Difference(weight.grad!, wholeWeight).Should().BeLessThan(bfloat16 ? 2e-2 : 1e-6);
    }

    [Fact]
    public void Loss_is_the_same_with_one_thread_and_with_two()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using var noGrad = torch.no_grad();
        Tensor hidden = torch.randn(300, 8), weight = torch.randn(2000, 8), labels = torch.randint(0, 2000, [300], torch.ScalarType.Int64);
        Threads.ShouldNotMatter(() => CrossEntropy.OfLinear(hidden, weight, labels, new Autocast()));
    }

    [Theory]
    [InlineData(5)]
    [InlineData(-1)]
    public void Labels_outside_the_classes_are_rejected(long label)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor labels = torch.tensor(new long[] { 1, label });
        FluentActions.Invoking(() => CrossEntropy.OfLinear(torch.randn(2, 8), torch.randn(5, 8), labels, new Autocast()))
            .Should().Throw<ModelException>().WithMessage($"*{label}*0 … 4*");
    }

    [Fact]
    public void Loss_without_labels_is_zero()
    {
        using DisposeScope scope = torch.NewDisposeScope();

        Tensor none = torch.full(3, BatchNames.Ignored, torch.ScalarType.Int64);

        CrossEntropy.Mean(torch.randn(3, 5), none).item<float>().Should().Be(0);
        CrossEntropy.OfLinear(torch.randn(3, 8), torch.randn(5, 8), none, new Autocast()).item<float>().Should().Be(0);
    }
}
