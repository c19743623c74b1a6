using Tenon.Host.Recipes;
using Tenon.Host.Training.Optimizers;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Tenon.Host.Tests.Training.Optimizers;

/// <summary>AdamW with 8-bit state (Dettmers et al. 2022) on matrices of several blocks.</summary>
[Collection("torch")]
public sealed class AdamW8bitTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    // 5,000 numbers are two blocks and a rest; 4,300,000 are more than one part.
    [Theory]
    [InlineData(50, 100)]
    [InlineData(2150, 2000)]
    public void Steps_stay_close_to_those_of_AdamW(int rows, int columns)
    {
        using Generator seeded = manual_seed(3);
        Tensor start = randn(rows, columns), direction = randn(rows, columns);
        Tensor[] gradients = [.. Enumerable.Range(0, 4).Select(_ => direction + randn(rows, columns))];
        Tensor exact = Trained(OptimizerName.Adamw, start, gradients), rounded = Trained(OptimizerName.Adamw8bit, start, gradients);

        double moved = (exact - start).norm().item<float>();
        ((double)(rounded - exact).norm().item<float>()).Should().BeInRange(1e-6 * moved, 0.02 * moved);
        (Trained(OptimizerName.Adamw8bit, start, gradients[..1]) - Trained(OptimizerName.Adamw, start, gradients[..1])).abs().max().item<float>()
            .Should().BeLessThan(1e-6f, "the first step reads no quantized state");
    }

    [Fact]
    public void The_state_of_a_matrix_is_a_byte_per_number_and_a_number_per_block()
    {
        using var parameter = new Parameter(randn(50, 100));
        using IOptimizer optimizer = Create(OptimizerName.Adamw8bit, parameter);

        optimizer.State.ToDictionary(entry => entry.Key, entry => (entry.Value.dtype, entry.Value.numel())).Should().BeEquivalentTo(
            new Dictionary<string, (ScalarType, long)>
            {
                ["w.exp_avg"] = (ScalarType.Byte, 5000),
                ["w.exp_avg_max"] = (ScalarType.Float32, 3),
                ["w.exp_avg_sq"] = (ScalarType.Byte, 5000),
                ["w.exp_avg_sq_max"] = (ScalarType.Float32, 3),
                ["w.step"] = (ScalarType.Float32, 1),
            });
    }

    // One gradient is a thousandth of the largest of its block, so that the mean of its square rounds to 0.
    [Fact]
    public void Small_gradients_beside_large_ones_take_no_huge_steps()
    {
        Tensor gradient = full([1, 2048], 1f);
        gradient[0, 7] = 3e-4f;
        Tensor start = zeros(1, 2048);
        Tensor[] gradients = [gradient, gradient.where(gradient > 0.5, zeros_like(gradient)), gradient];

        Trained(OptimizerName.Adamw8bit, start, gradients).abs().max().item<float>().Should().BeLessThan(0.1f);
    }

    private static Tensor Trained(OptimizerName name, Tensor start, Tensor[] gradients)
    {
        using var parameter = new Parameter(start.clone());
        using IOptimizer optimizer = Create(name, parameter);
        foreach (Tensor gradient in gradients)
        {
            parameter.grad = gradient;
            optimizer.Step(0.01);
        }

        return parameter.detach().clone();
    }

    private static IOptimizer Create(OptimizerName name, Parameter parameter) => OptimizerFactory.Create(
        new TrainingOptions { Optimizer = name, WeightDecay = 0 }, [new ParameterGroup([new NamedParameter("w", parameter)], 1)]);
}
