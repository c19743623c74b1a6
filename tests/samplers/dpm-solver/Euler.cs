using System.ComponentModel.DataAnnotations;

namespace Tenon.DpmSolver;

/// <summary>Options of Euler's method.</summary>
public sealed record EulerOptions
{
    /// <summary>Whether timesteps are counted down from the last instead of placed evenly between the last and 0.</summary>
    public bool Trailing { get; init; }

    /// <summary>How much noise is added in a step: 0 none, 1 as in ancestral sampling.</summary>
    [Range(0.0, 1.0)]
    public double Eta { get; init; }
}

/// <summary>
/// Euler's method on dx/dσ = (x − x̂_0)/σ (Karras et al. 2022, equation 1): its samples have a signal of 1, so it starts from
/// more noise than the model knows and scales what the model is given.
/// </summary>
[Sampler("euler", "Euler's method, deterministic or ancestral (Karras et al. 2022)")]
public sealed class Euler : ISamplerFactory<EulerOptions>
{
    /// <inheritdoc/>
    public ISampler Open(EulerOptions options, SamplerContext context) => new Walk(options, context);

    private sealed class Walk : ISampler
    {
        private readonly double[] _sigmas; // one more than timesteps, ends with 0
        private readonly EulerOptions _options;
        private readonly PredictionType _prediction;

        public Walk(EulerOptions options, SamplerContext context)
        {
            double[] trained = Sigmas.Of(context.AlphasCumulative);
            (_options, _prediction) = (options, context.Prediction);
            Timesteps = options.Trailing
                ? TimestepSpacing.Trailing(context.Steps, trained.Length) : TimestepSpacing.Linspace(context.Steps, trained.Length);
            _sigmas = [.. Timesteps.Select(t => trained[t]), 0];
        }

        public IReadOnlyList<int> Timesteps { get; }

        public double InitialScale => _options.Trailing ? _sigmas[0] : Math.Sqrt(_sigmas[0] * _sigmas[0] + 1);

        public Tensor ScaleInput(Tensor sample, int step) => sample / Math.Sqrt(_sigmas[step] * _sigmas[step] + 1);

        public Tensor Step(Tensor sample, Tensor prediction, int step, Func<Tensor> noise)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            double here = _sigmas[step], next = _sigmas[step + 1];
            Tensor clean = _prediction switch
            {
                PredictionType.Epsilon => sample - here * prediction,
                PredictionType.Velocity => sample / (here * here + 1) - here / Math.Sqrt(here * here + 1) * prediction,
                _ => prediction.alias(),
            };
            double added = _options.Eta * Math.Sqrt(next * next * (here * here - next * next) / (here * here));
            double down = Math.Sqrt(next * next - added * added);
            Tensor result = sample + (sample - clean) / here * (down - here);
            if (added > 0)
                result = result + added * noise();
            return result.MoveToOuterDisposeScope();
        }
    }
}
