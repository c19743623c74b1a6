using System.ComponentModel.DataAnnotations;

namespace Tenon.DpmSolver;

/// <summary>Options of DPM-Solver++.</summary>
public sealed record DpmSolverOptions
{
    /// <summary>Whether noise levels are spaced as in Karras et al. (2022) instead of evenly in time.</summary>
    public bool Karras { get; init; }

    /// <summary>Terms of the expansion: 1 is DDIM.</summary>
    [Range(1, 2)]
    public int Order { get; init; } = 2;
}

/// <summary>
/// DPM-Solver++(2M) (Lu et al. 2022, algorithm 2): extrapolates from the clean samples that the last two steps predicted.
/// </summary>
[Sampler("dpm-solver", "DPM-Solver++ of second order (Lu et al. 2022)")]
public sealed class DpmSolver : ISamplerFactory<DpmSolverOptions>
{
    /// <inheritdoc/>
    public int DefaultSteps(int timesteps) => Math.Min(20, timesteps);

    /// <inheritdoc/>
    public ISampler Open(DpmSolverOptions options, SamplerContext context) => new Walk(options, context);

    private sealed class Walk : ISampler, IDisposable
    {
        private readonly PredictionType _prediction;
        private readonly int _order;
        private readonly double[] _sigmas; // one more than timesteps, ends with 0
        private Tensor? _earlier;

        public Walk(DpmSolverOptions options, SamplerContext context)
        {
            double[] trained = Sigmas.Of(context.AlphasCumulative);
            (_prediction, _order) = (context.Prediction, options.Order);
            if (options.Karras)
            {
                _sigmas = Sigmas.Karras(trained, context.Steps);
                Timesteps = [.. _sigmas[..^1].Select(sigma => (int)Math.Round(Sigmas.Timestep(trained, sigma)))];
            }
            else
            {
                // Evenly from the last timestep to 0, which itself is left out.
                Timesteps = [.. Enumerable.Range(1, context.Steps).Reverse()
                    .Select(i => (int)Math.Round(i * (trained.Length - 1.0) / context.Steps))];
                _sigmas = [.. Timesteps.Select(t => trained[t]), 0];
            }
        }

        public IReadOnlyList<int> Timesteps { get; }

        public Tensor Step(Tensor sample, Tensor prediction, int step, Func<Tensor> noise)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            // x = α·x_0 + s·ε with α = 1/√(σ² + 1) and s = σ·α; λ = −log σ.
            double here = _sigmas[step], next = _sigmas[step + 1];
            (double signal, double spread) = Shares(here);
            (double nextSignal, double nextSpread) = Shares(next);
            Tensor clean = _prediction switch
            {
                PredictionType.Epsilon => (sample - spread * prediction) / signal,
                PredictionType.Velocity => signal * sample - spread * prediction,
                _ => prediction.alias(),
            };
            double shrink = next / here - 1; // exp(−h) − 1 with h = λ_next − λ_here
            Tensor result = nextSpread / spread * sample - nextSignal * shrink * clean;
            if (_order == 2 && _earlier is not null && next > 0)
            {
                double ratio = Math.Log(_sigmas[step - 1] / here) / Math.Log(here / next); // r = h_before / h
                result = result - nextSignal * shrink / 2 / ratio * (clean - _earlier);
            }

            _earlier?.Dispose();
            _earlier = clean.DetachFromDisposeScope();
            return result.MoveToOuterDisposeScope();
        }

        public void Dispose() => _earlier?.Dispose();

        private static (double Signal, double Spread) Shares(double sigma)
        {
            double signal = 1 / Math.Sqrt(sigma * sigma + 1);
            return (signal, sigma * signal);
        }
    }
}
