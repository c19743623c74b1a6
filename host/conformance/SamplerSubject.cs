using Tenon.Host.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Tenon.Conformance;

/// <summary>A sampler component with options, on the kit's noise schedule of 100 timesteps.</summary>
public sealed class SamplerSubject
{
    private const int Trained = 100;
    private readonly ISamplerFactory _sampler;
    private readonly object _options;

    internal SamplerSubject(ISamplerFactory sampler, object options)
    {
        TorchRuntime.Prepare();
        (_sampler, _options) = (sampler, options);
    }

    /// <summary>Creates the test subject for a sampler component.</summary>
    /// <typeparam name="TOptions">The options of the component.</typeparam>
    /// <param name="sampler">The component.</param>
    /// <param name="options">Options; null for the class's <see cref="ComponentAttribute.TestSettings"/>.</param>
    /// <exception cref="DeviceException">torch cannot be loaded.</exception>
    public static SamplerSubject Of<TOptions>(ISamplerFactory<TOptions> sampler, TOptions? options = null) where TOptions : class, new()
    {
        ArgumentNullException.ThrowIfNull(sampler);
        return new SamplerSubject(sampler, options ?? TestSettings.Bind(sampler));
    }

    /// <summary>ᾱ of each timestep: a squared cosine from about 1 to about 0.</summary>
    internal static IReadOnlyList<double> AlphasCumulative { get; } =
        [.. Enumerable.Range(0, Trained).Select(t => Math.Pow(Math.Cos((t + 0.5) / (Trained + 1) * Math.PI / 2), 2))];

    /// <summary>Numbers of steps to test, including the default.</summary>
    internal IReadOnlyList<int> Steps => [1, 7, _sampler.DefaultSteps(Trained)];

    /// <summary>The default number of steps.</summary>
    internal int DefaultSteps => _sampler.DefaultSteps(Trained);

    /// <summary>Creates a sampler for a batch; the caller disposes it if it is <see cref="IDisposable"/>.</summary>
    internal ISampler Open(int steps, PredictionType prediction) =>
        _sampler.Open(_options, new SamplerContext(AlphasCumulative, prediction, steps));

    /// <summary>
    /// Samples with a model that knows the clean samples exactly: [B, …] in the current dispose scope. Row i draws from a
    /// stream that depends only on <paramref name="streams"/>[i].
    /// </summary>
    internal Tensor Walk(int steps, PredictionType prediction, Tensor clean, int[] streams)
    {
        using DisposeScope scope = NewDisposeScope();
        ISampler sampler = Open(steps, prediction);
        using var owned = sampler as IDisposable;
        Generator[] generators = [.. streams.Select(stream => new Generator((ulong)stream))];
        try
        {
            Tensor sample = Noise() * sampler.InitialScale;
            for (int step = 0; step < sampler.Timesteps.Count; step++)
            {
                using DisposeScope each = NewDisposeScope();
                double level = AlphasCumulative[sampler.Timesteps[step]];
                (double signal, double spread) = (Math.Sqrt(level), Math.Sqrt(1 - level));
                Tensor input = sampler.ScaleInput(sample, step);
                Tensor noise = (input - signal * clean) / spread;
                Tensor predicted = prediction switch
                {
                    PredictionType.Epsilon => noise,
                    PredictionType.Velocity => signal * noise - spread * clean,
                    _ => clean.alias(),
                };
                Tensor next = sampler.Step(sample, predicted, step, Noise);
                sample.Dispose();
                sample = next.MoveToOuterDisposeScope();
            }

            return sample.MoveToOuterDisposeScope();
        }
        finally
        {
            foreach (Generator generator in generators)
                generator.Dispose();
        }

        Tensor Noise()
        {
            using DisposeScope drawn = NewDisposeScope();
            return stack(generators.Select(generator => randn(clean.shape[1..], ScalarType.Float32, generator: generator)))
                .MoveToOuterDisposeScope();
        }
    }
}
