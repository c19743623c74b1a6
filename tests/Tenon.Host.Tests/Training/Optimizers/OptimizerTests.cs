using Tenon.Host.Recipes;
using Tenon.Host.Training.Optimizers;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Tenon.Host.Tests.Training.Optimizers;

[Collection("torch")]
public sealed class OptimizerTests
{
    private const int Steps = 6;
    private const double Rate = 0.02, Decay = 0.1;

    public static TheoryData<TrainingOptions> All { get; } =
    [
        new() { Optimizer = OptimizerName.Adamw },
        new() { Optimizer = OptimizerName.Sgd },
        new() { Optimizer = OptimizerName.Sgd, Nesterov = true, Momentum = 0.8 },
        new() { Optimizer = OptimizerName.Sgd, Momentum = 0 },
        new() { Optimizer = OptimizerName.Adafactor },
        new() { Optimizer = OptimizerName.Adafactor, ScaleByParameter = true, UpdateClip = 0.5, DecayExponent = 0.6 },
        new() { Optimizer = OptimizerName.Lion },
        new() { Optimizer = OptimizerName.Adamw8bit },
    ];

    [Theory, MemberData(nameof(All))]
    public void Equals_a_plain_computation(TrainingOptions options)
    {
        options = options with { WeightDecay = Decay };
        using var parameters = new Parameters();
        double[][] expected = [.. parameters.All.Select(p => Values(p.Value))];
        var references = parameters.All.Select(p => new Reference(options, p.Value.shape)).ToArray();
        using IOptimizer optimizer = OptimizerFactory.Create(options, parameters.Groups);
        for (int step = 0; step < Steps; step++)
        {
            parameters.SetGradients(step);
            for (int i = 0; i < expected.Length; i++)
                references[i].Step(expected[i], parameters.Gradient(i), Rate * (i == 2 ? 0.5 : 1));
            optimizer.Step(Rate);
        }

        foreach ((NamedParameter parameter, double[] values) in parameters.All.Zip(expected))
        {
            Values(parameter.Value).Zip(values).Should().OnlyContain(
                pair => Math.Abs(pair.First - pair.Second) < 2e-5 * (1 + Math.Abs(pair.Second)),
                $"{parameter.Name} of {options.Optimizer}");
        }
    }

    [Theory, MemberData(nameof(All))]
    public void Goes_on_from_a_saved_state_bit_for_bit(TrainingOptions options)
    {
        using var whole = new Parameters();
        using IOptimizer uninterrupted = OptimizerFactory.Create(options, whole.Groups);
        Run(whole, uninterrupted, 0, Steps);

        using var parted = new Parameters();
        Dictionary<string, Tensor> saved;
        using (IOptimizer first = OptimizerFactory.Create(options, parted.Groups))
        {
            Run(parted, first, 0, 3);
            saved = first.State.ToDictionary(s => s.Key, s => s.Value.clone());
        }

        using IOptimizer second = OptimizerFactory.Create(options, parted.Groups);
        second.LoadState(saved);
        Run(parted, second, 3, Steps);
        foreach ((NamedParameter a, NamedParameter b) in whole.All.Zip(parted.All))
            Values(b.Value).Should().Equal(Values(a.Value));
        foreach (Tensor tensor in saved.Values)
            tensor.Dispose();
    }

    [Theory, MemberData(nameof(All))]
    public void Leaves_no_tensors_behind_and_passes_over_parameters_without_gradient(TrainingOptions options)
    {
        using var parameters = new Parameters();
        LiveTensors.LeftBy(() =>
        {
            using IOptimizer optimizer = OptimizerFactory.Create(options, parameters.Groups);
            Run(parameters, optimizer, 0, 2);
            long during = Tensor.TotalCount;
            Run(parameters, optimizer, 2, Steps);
            Tensor.TotalCount.Should().Be(during);

            double[] alone = Values(parameters.All[0].Value), other = Values(parameters.All[1].Value);
            parameters.SetGradients(9);
            parameters.All[0].Value.grad = null;
            optimizer.Step(Rate);
            Values(parameters.All[0].Value).Should().Equal(alone);
            Values(parameters.All[1].Value).Should().NotEqual(other);
            optimizer.ZeroGradients();
        }).Should().Be(0);
    }

    [Theory, MemberData(nameof(All))]
    public void Says_how_many_bytes_its_state_takes(TrainingOptions options)
    {
        using var parameters = new Parameters();
        using IOptimizer optimizer = OptimizerFactory.Create(options, parameters.Groups);
        OptimizerFactory.StateBytes(options, parameters.All.Select(p => p.Value.shape))
            .Should().Be(optimizer.State.Values.Sum(tensor => tensor.numel() * tensor.ElementSize));
    }

    [Fact]
    public void Adafactor_keeps_rows_and_columns_alone()
    {
        using var parameters = new Parameters();
        using IOptimizer optimizer = OptimizerFactory.Create(new() { Optimizer = OptimizerName.Adafactor }, parameters.Groups);
        optimizer.State["kernel.row"].shape.Should().Equal(4);
        optimizer.State["kernel.column"].shape.Should().Equal(18);
        optimizer.State["bias.exp_avg_sq"].shape.Should().Equal(7);
    }

    private static void Run(Parameters parameters, IOptimizer optimizer, int from, int to)
    {
        for (int step = from; step < to; step++)
        {
            parameters.SetGradients(step);
            optimizer.ClipGradients(1);
            optimizer.Step(Rate);
            optimizer.ZeroGradients();
        }
    }

    private static double[] Values(Tensor tensor)
    {
        using Tensor detached = tensor.detach();
        using Tensor wide = detached.to(ScalarType.Float64);
        return wide.data<double>().ToArray();
    }

    /// <summary>A matrix, a vector, and a convolution's kernel at half the rate.</summary>
    private sealed class Parameters : IDisposable
    {
        public Parameters() => All = [Make("weight", 5, 7), Make("bias", 7), Make("kernel", 4, 2, 3, 3)];

        public NamedParameter[] All { get; }

        public ParameterGroup[] Groups => [new(All[..2], 1), new(All[2..], 0.5)];

        public void SetGradients(int step)
        {
            foreach ((int i, NamedParameter parameter) in All.Index())
            {
                using Tensor flat = tensor(Numbers(100 * step + i, parameter.Value.numel(), step));
                using Tensor gradient = flat.reshape(parameter.Value.shape);
                parameter.Value.grad = gradient;
            }
        }

        public double[] Gradient(int i)
        {
            using Tensor gradient = All[i].Value.grad!;
            return Values(gradient);
        }

        public void Dispose()
        {
            foreach (NamedParameter parameter in All)
            {
                parameter.Value.grad = null;
                parameter.Value.Dispose();
            }
        }

        private static NamedParameter Make(string name, params long[] shape)
        {
            using Tensor flat = tensor(Numbers(shape.Sum(), shape.Aggregate(1L, (a, b) => a * b), 0));
            return new NamedParameter(name, new Parameter(Copy(flat, shape)));
        }

        private static Tensor Copy(Tensor flat, long[] shape)
        {
            using Tensor shaped = flat.reshape(shape);
            return shaped.clone();
        }

        private static float[] Numbers(long seed, long count, int step)
        {
            var random = new SeededRandom((ulong)seed);
            return [.. Enumerable.Range(0, (int)count).Select(_ => (float)(random.NextNormal() * (1 + step)))];
        }
    }

    /// <summary>The papers' formulas, a number at a time, in float64.</summary>
    private sealed class Reference(TrainingOptions options, long[] shape)
    {
        private readonly bool matrix = shape.Length >= 2;
        private readonly int rows = (int)shape[0];
        private readonly double[] first = new double[shape.Aggregate(1L, (a, b) => a * b)];
        private readonly double[] second = new double[shape.Aggregate(1L, (a, b) => a * b)];
        private int t;

        public void Step(double[] x, double[] g, double rate)
        {
            t++;
            double decay = matrix ? options.WeightDecay : 0;
            double[] update = options.Optimizer switch
            {
                OptimizerName.Sgd => Sgd(g),
                OptimizerName.Lion => Lion(g),
                OptimizerName.Adafactor => Adafactor(g),
                OptimizerName.Adamw8bit when matrix => Quantized(AdamW(g)),
                _ => AdamW(g),
            };
            double scale = options.ScaleByParameter == true ? Math.Max(1e-3, Rms(x)) : 1;
            for (int i = 0; i < x.Length; i++)
                x[i] -= rate * (decay * x[i] + scale * update[i]);
        }

        private double[] AdamW(double[] g)
        {
            var update = new double[g.Length];
            for (int i = 0; i < g.Length; i++)
            {
                first[i] = 0.9 * first[i] + 0.1 * g[i];
                second[i] = 0.95 * second[i] + 0.05 * g[i] * g[i];
                update[i] = first[i] / (1 - Math.Pow(0.9, t)) / (Math.Sqrt(second[i] / (1 - Math.Pow(0.95, t))) + 1e-8);
            }

            return update;
        }

        // The nearest numbers of the code, relative to the largest of the one block; means of squares above 0 do not become 0.
        private double[] Quantized(double[] update)
        {
            Round(first, DynamicCode.Signed);
            Round(second, DynamicCode.Unsigned);
            return update;

            static void Round(double[] values, IReadOnlyList<float> code)
            {
                double largest = values.Max(Math.Abs);
                for (int i = 0; i < values.Length; i++)
                {
                    IEnumerable<float> choices = code[0] == 0 && values[i] > 0 ? code.Skip(1) : code;
                    values[i] = largest * choices.MinBy(value => Math.Abs(value - values[i] / largest));
                }
            }
        }

        private double[] Sgd(double[] g)
        {
            double momentum = options.Momentum ?? 0.9;
            for (int i = 0; i < g.Length; i++)
                first[i] = momentum * first[i] + g[i];
            return options.Nesterov == true ? [.. g.Zip(first, (a, b) => a + momentum * b)] : [.. first];
        }

        private double[] Lion(double[] g)
        {
            double[] update = [.. g.Zip(first, (a, b) => (double)Math.Sign(0.1 * a + 0.9 * b))];
            for (int i = 0; i < g.Length; i++)
                first[i] = 0.99 * first[i] + 0.01 * g[i];
            return update;
        }

        private double[] Adafactor(double[] g)
        {
            double keep = 1 - Math.Pow(t, -(options.DecayExponent ?? 0.8));
            int columns = g.Length / rows;
            var update = new double[g.Length];
            if (matrix)
            {
                // Sums over rows and columns as in the paper, in the first entries of the two arrays.
                for (int i = 0; i < rows; i++)
                    first[i] = keep * first[i] + (1 - keep) * Enumerable.Range(0, columns).Sum(j => Square(g[i * columns + j]));
                for (int j = 0; j < columns; j++)
                    second[j] = keep * second[j] + (1 - keep) * Enumerable.Range(0, rows).Sum(i => Square(g[i * columns + j]));
                double all = first.Take(rows).Sum();
                for (int i = 0; i < g.Length; i++)
                    update[i] = g[i] / Math.Sqrt(first[i / columns] * second[i % columns] / all);
            }
            else
            {
                for (int i = 0; i < g.Length; i++)
                {
                    second[i] = keep * second[i] + (1 - keep) * Square(g[i]);
                    update[i] = g[i] / Math.Sqrt(second[i]);
                }
            }

            double most = Math.Max(1, Rms(update) / (options.UpdateClip ?? 1));
            return [.. update.Select(u => u / most)];
        }

        private static double Square(double g) => g * g + 1e-30;

        private static double Rms(double[] values) => Math.Sqrt(values.Average(v => v * v));
    }
}
