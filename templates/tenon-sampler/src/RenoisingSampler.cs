using System.ComponentModel.DataAnnotations;
using Tenon;
using TorchSharp;
using static TorchSharp.torch;

[assembly: Plugin("template._1", "My sampler")]

namespace Template._1;

/// <summary>Options of the sampler, set in the <c>sampler</c> section of a recipe.</summary>
public sealed record RenoisingOptions
{
    /// <summary>The share of the noise that is redrawn in each step. With 0, samples depend only on the initial noise.</summary>
    [Range(0.0, 1.0)]
    public double Churn { get; init; } = 0.5;
}

/// <summary>Predicts the clean sample, and adds noise for the next timestep: the predicted noise, mixed with new noise.</summary>
[Sampler("template-1", "Predicts the clean sample and adds noise again", Stability = Stability.Experimental)]
public sealed class RenoisingSampler : ISamplerFactory<RenoisingOptions>
{
    /// <inheritdoc/>
    public ISampler Open(RenoisingOptions options, SamplerContext context) => new Walk(options, context);

    private sealed class Walk(RenoisingOptions options, SamplerContext context) : ISampler
    {
        // Evenly spaced from the last timestep, where a sample is almost pure noise.
        public IReadOnlyList<int> Timesteps { get; } =
            [.. Enumerable.Range(1, context.Steps).Reverse().Select(step => step * context.AlphasCumulative.Count / context.Steps - 1)];

        // x = √ᾱ·clean + √(1 − ᾱ)·noise, solved for both
        public Tensor Step(Tensor sample, Tensor prediction, int step, Func<Tensor> noise)
        {
            using DisposeScope scope = NewDisposeScope();
            (double signal, double spread) = Levels(step);
            Tensor clean = context.Prediction switch
            {
                PredictionType.Epsilon => (sample - spread * prediction) / signal,
                PredictionType.Velocity => signal * sample - spread * prediction,
                _ => prediction,
            };
            clean = clean.clamp(-1, 1);
            Tensor predicted = (sample - signal * clean) / spread;

            (signal, spread) = Levels(step + 1);
            Tensor mixed = options.Churn > 0 && spread > 0
                ? Math.Sqrt(1 - options.Churn) * predicted + Math.Sqrt(options.Churn) * noise()
                : predicted;
            return (signal * clean + spread * mixed).MoveToOuterDisposeScope();
        }

        // √ᾱ and √(1 − ᾱ) before a step; after the last step there is no noise.
        private (double Signal, double Spread) Levels(int step)
        {
            double alpha = step < Timesteps.Count ? context.AlphasCumulative[Timesteps[step]] : 1;
            return (Math.Sqrt(alpha), Math.Sqrt(1 - alpha));
        }
    }
}
