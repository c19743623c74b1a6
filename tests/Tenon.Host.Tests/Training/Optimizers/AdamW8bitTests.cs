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
        exact = Trained(OptimizerName.Adamw, start, gradients[..1]);
        rounded = Trained(OptimizerName.Adamw8bit, start, gradients[..1]);
        (rounded - exact).abs().max().item<float>().Should().BeLessThan(1e-6f, "the first step reads no quantized state");
    }

    // Section 2 of the paper, a number at a time, from the state before the step. 550,000 numbers are two parts and a short block;
    // the gradients of each block have another magnitude, and some are 0.
    [Theory]
    [InlineData(50, 100)]
    [InlineData(550, 1000)]
    public void Codes_maxima_and_weights_equal_the_formula(int rows, int columns)
    {
        using Generator seeded = manual_seed(4);
        using var parameter = new Parameter(randn(rows, columns));
        using IOptimizer optimizer = Create(OptimizerName.Adamw8bit, parameter);
        for (int step = 1; step <= 3; step++)
        {
            float[] scale = [.. Enumerable.Range(0, rows * columns).Select(i => MathF.Pow(10, -(i / 2048 % 5)))];
            Tensor gradient = (randn(rows * columns) * tensor(scale) * (rand(rows * columns) > 0.1)).reshape(rows, columns);
            (float[] weights, float[] gradients) = (Numbers(parameter), Numbers(gradient));
            (byte[] codes, float[] maxima) = (Codes("exp_avg"), Maxima("exp_avg"));
            (byte[] codesOfSquares, float[] maximaOfSquares) = (Codes("exp_avg_sq"), Maxima("exp_avg_sq"));
            double[] means = [.. codes.Select((code, i) => 0.9 * DynamicCode.Signed[code] * maxima[i / 2048] + 0.1 * gradients[i])];
            double[] squares = [.. codesOfSquares.Select((code, i) =>
                0.95 * DynamicCode.Unsigned[code] * maximaOfSquares[i / 2048] + 0.05 * gradients[i] * gradients[i])];

            parameter.grad = gradient;
            optimizer.Step(0.01);

            // The two terms of a mean may cancel, which leaves their rounding error; those of a square do not.
            ShouldBeNearest(means, "exp_avg", [.. DynamicCode.Signed], least: 0, error: 3e-7);
            ShouldBeNearest(squares, "exp_avg_sq", [.. DynamicCode.Unsigned], least: 1, error: 0);
            double first = 1 - Math.Pow(0.9, step), second = 1 - Math.Pow(0.95, step);
            double[] updates = [.. means.Zip(squares, (mean, square) => mean / first / (Math.Sqrt(square / second) + 1e-8))];
            Numbers(parameter).Select((weight, i) => Math.Abs(weight - weights[i] + 0.01 * updates[i]) / (1 + Math.Abs(updates[i]))).Max()
                .Should().BeLessThan(3e-6);
        }

        byte[] Codes(string name) => optimizer.State[$"w.{name}"].data<byte>().ToArray();

        float[] Maxima(string name) => optimizer.State[$"w.{name}_max"].data<float>().ToArray();

        // A mean that is within rounding of the middle between two numbers of the code may become either.
        void ShouldBeNearest(double[] values, string name, float[] code, int least, double error)
        {
            byte[] found = Codes(name);
            float[] largest = Maxima(name);
            largest.Should().HaveCount((values.Length + 2047) / 2048);
            foreach ((int block, double[] numbers) in values.Chunk(2048).Index())
            {
                double maximum = numbers.Max(Math.Abs);
                ((double)largest[block]).Should().BeApproximately(maximum, 1e-6 * maximum);
                for (int i = 0; i < numbers.Length; i++)
                {
                    double number = numbers[i] / maximum;
                    int index = found[block * 2048 + i];
                    int at = Array.BinarySearch(code, (float)number);
                    int nearest = Enumerable.Range((at < 0 ? ~at : at) - 1, 2).Where(each => each >= 0 && each < code.Length).MinBy(Distance);
                    double allowed = Distance(numbers[i] > 0 ? Math.Max(nearest, least) : nearest) + error + 1e-6 * Math.Abs(number);
                    if (Distance(index) > allowed || (numbers[i] > 0 && index < least))
                        Assert.Fail($"{name}[{block * 2048 + i}] is {index}: {code[index]}, but the number is {number}");

                    double Distance(int each) => Math.Abs(code[each] - number);
                }
            }
        }
    }

    [Fact]
    public void A_matrix_that_is_not_contiguous_is_updated()
    {
        using Generator seeded = manual_seed(5);
        Tensor start = randn(8, 4, 3, 3), gradient = randn(8, 4, 3, 3);
        Tensor transposed = start.permute(2, 3, 1, 0).contiguous().permute(3, 2, 0, 1);

        Numbers(Trained(OptimizerName.Adamw8bit, transposed, [gradient, gradient]))
            .Should().Equal(Numbers(Trained(OptimizerName.Adamw8bit, start, [gradient, gradient])));
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

    private static float[] Numbers(Tensor values) => values.detach().contiguous().data<float>().ToArray();

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
