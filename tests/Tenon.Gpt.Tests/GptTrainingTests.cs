using Tenon.Layers;

namespace Tenon.Gpt.Tests;

public class GptTrainingTests
{
    private const int Steps = 50;

    // tests/data/goldens/gpt2-train/README.md and train.json have the hyper-parameters.
    [Fact]
    public void Fifty_steps_of_AdamW_follow_the_reference()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using GptModel model = Goldens.Model("gpt2-train");
        model.train();
        Tensor tokens = Goldens.Read("gpt2-train", "inputs.safetensors")["tokens"];
        float[] losses = Goldens.Values(Goldens.Read("gpt2-train", "outputs.safetensors")["losses"]);
        float[] norms = Goldens.Values(Goldens.Read("gpt2-train", "outputs.safetensors")["grad_norms"]);
        var decayed = new TorchSharp.Modules.AdamW.ParamGroup(
            model.parameters().Where(parameter => parameter.ndim >= 2), beta1: 0.9, beta2: 0.95, eps: 1e-8, weight_decay: 0.1);
        var others = new TorchSharp.Modules.AdamW.ParamGroup(
            model.parameters().Where(parameter => parameter.ndim < 2), beta1: 0.9, beta2: 0.95, eps: 1e-8, weight_decay: 0);
        using var optimizer = torch.optim.AdamW([decayed, others], 1e-3, 0.9, 0.95, 1e-8, 0);
        double worstLoss = 0;
        double worstNorm = 0;

        for (int step = 0; step < Steps; step++)
        {
            using DisposeScope inner = torch.NewDisposeScope();
            Tensor block = tokens[step];
            using var batch = new Batch(
                new Dictionary<string, Tensor>
                {
                    ["input_ids"] = block.narrow(1, 0, 32).contiguous(),
                    ["labels"] = block.narrow(1, 1, 32).contiguous(),
                },
                examples: 8,
                targets: 8 * 32);
            foreach (var group in optimizer.ParamGroups)
                group.LearningRate = LearningRate(step);
            Tensor loss = model.Loss(batch);
            loss.backward();
            double norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0);
            optimizer.step();
            optimizer.zero_grad();
            worstLoss = Math.Max(worstLoss, Math.Abs(loss.item<float>() - losses[step]));
            worstNorm = Math.Max(worstNorm, Math.Abs(norm - norms[step]));
        }

        worstLoss.Should().BeLessThan(1e-4);
        worstNorm.Should().BeLessThan(1e-3);
        Dictionary<string, Tensor> final = Goldens.Read("gpt2-train", "final.safetensors");
        double worstWeight = model.named_parameters().Max(pair => Goldens.Difference(pair.parameter, final[pair.name]));
        worstWeight.Should().BeLessThan(1e-3);
        Console.WriteLine($"gpt2-train: losses {worstLoss:g3}, norms {worstNorm:g3}, final weights {worstWeight:g3}");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Loss_in_chunks_has_the_same_value_and_gradients(bool bfloat16)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.manual_seed(3);
        var autocast = new Autocast { Type = bfloat16 ? torch.ScalarType.BFloat16 : torch.ScalarType.Float32 };
        Tensor hidden = torch.randn(10, 8).requires_grad_();
        Tensor weight = torch.randn(50, 8).requires_grad_();
        Tensor labels = torch.tensor(new long[] { 1, 2, -100, 4, 5, -100, -100, 49, 0, 7 });
        Tensor whole = CrossEntropy.OfLinear(hidden, weight, labels, autocast);
        (whole * 3).backward();
        (Tensor wholeHidden, Tensor wholeWeight) = (hidden.grad!.clone(), weight.grad!.clone());
        hidden.grad = null;
        weight.grad = null;

        Tensor chunked = CrossEntropy.OfLinear(hidden, weight, labels, autocast, chunkRows: 3);
        (chunked * 3).backward();

        Goldens.Difference(chunked, whole).Should().BeLessThan(1e-6);
        Goldens.Difference(hidden.grad!, wholeHidden).Should().BeLessThan(bfloat16 ? 2e-2 : 1e-6);
        Goldens.Difference(weight.grad!, wholeWeight).Should().BeLessThan(bfloat16 ? 2e-2 : 1e-6);
    }

    [Fact]
    public void Loss_without_labels_is_zero()
    {
        using DisposeScope scope = torch.NewDisposeScope();

        CrossEntropy.Mean(torch.randn(3, 5), torch.full(3, BatchNames.Ignored, torch.ScalarType.Int64)).item<float>().Should().Be(0);
    }

    // As nanoGPT's get_lr: the first step has already a rate above 0.
    private static double LearningRate(int step)
    {
        const double highest = 1e-3;
        const double lowest = 1e-4;
        const int warmup = 10;
        if (step < warmup)
            return highest * (step + 1) / (warmup + 1);
        double share = (double)(step - warmup) / (Steps - warmup);
        return lowest + 0.5 * (1 + Math.Cos(Math.PI * share)) * (highest - lowest);
    }
}
