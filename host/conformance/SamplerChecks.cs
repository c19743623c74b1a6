using TorchSharp;
using static TorchSharp.torch;

namespace Tenon.Conformance;

using SamplerCheck = Check<SamplerSubject>;

/// <summary>What every sampler promises.</summary>
public static class SamplerChecks
{
    private const double Rounding = 1e-4;

    // A walk may end at the noise of the first timestep instead of at the clean sample.
    private const double Ending = 0.1;

    /// <summary>The timesteps are the model's.</summary>
    public static SamplerCheck Timesteps { get; } = new("timesteps in range", "For each number of steps there is at least one timestep, each is one of the model's, and the first step is not below the last.", subject => Compare.All(
        subject.Steps.Select(steps =>
        {
            ISampler sampler = subject.Open(steps, PredictionType.Epsilon);
            using var owned = sampler as IDisposable;
            int trained = SamplerSubject.AlphasCumulative.Count;
            if (sampler.Timesteps.Count == 0)
                return Verdict.Broken($"With {steps} steps it visits no timestep.");
            if (sampler.Timesteps.Any(t => t < 0 || t >= trained))
                return Verdict.Broken($"With {steps} steps it visits the timesteps {string.Join(", ", sampler.Timesteps)}; the model has 0 … {trained - 1}.");
            return sampler.Timesteps[0] >= sampler.Timesteps[^1]
                ? Verdict.Kept
                : Verdict.Broken($"With {steps} steps it starts at timestep {sampler.Timesteps[0]} and ends at {sampler.Timesteps[^1]}; sampling goes from noise, the highest, down.");
        })));

    /// <summary>A perfect model leads to the clean sample.</summary>
    public static SamplerCheck FindsClean { get; } = new("finds the clean sample", "With a model that knows the clean samples, sampling ends at them, whatever the model predicts (noise, velocity or clean sample).", subject => Compare.All(
        Enum.GetValues<PredictionType>().Select(prediction =>
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor clean = Clean(3);
            return Compare.Near(subject.Walk(subject.DefaultSteps, prediction, clean, [1, 2, 3]), clean, Ending, $"Samples of a perfect model that predicts {prediction} and the clean samples");
        })));

    /// <summary>Samples are a function of the noise.</summary>
    public static SamplerCheck Repeats { get; } = new("samples repeat", "The same noise leads to the same samples, bit for bit: noise is drawn through the given function only.", subject =>
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor clean = Clean(3);
        Tensor first = subject.Walk(7, PredictionType.Epsilon, clean, [1, 2, 3]);
        randn(10);
        return Compare.Near(subject.Walk(7, PredictionType.Epsilon, clean, [1, 2, 3]), first, 0, "Samples of the same noise");
    });

    /// <summary>Rows do not depend on each other.</summary>
    public static SamplerCheck Order { get; } = new("order in a batch is free", "A sample depends neither on its place in the batch nor on the others.", subject =>
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor clean = Clean(3);
        Tensor together = subject.Walk(7, PredictionType.Velocity, clean, [1, 2, 3]);
        Tensor back = subject.Walk(7, PredictionType.Velocity, clean.flip(0), [3, 2, 1]).flip(0);
        Tensor alone = cat([.. Enumerable.Range(0, 3).Select(i => subject.Walk(7, PredictionType.Velocity, clean.narrow(0, i, 1), [i + 1]))]);
        return Compare.All(
            Compare.Near(back, together, Rounding, "Samples in the other order"),
            Compare.Near(alone, together, Rounding, "Samples alone"));
    });

    /// <summary>Sampling leaves no tensor alive.</summary>
    public static SamplerCheck Frees { get; } = new("leaves no tensor behind", "After the last step only the samples are alive, once the sampler is disposed.", subject =>
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor clean = Clean(3);
        long before = Alive();
        subject.Walk(7, PredictionType.Epsilon, clean, [1, 2, 3]).Dispose();
        long left = Alive() - before;
        return left > 0
            ? Verdict.Broken($"{left} tensors are alive after sampling. Compute in a dispose scope; a sampler that keeps tensors between steps is IDisposable and disposes them.")
            : Verdict.Kept;
    });

    /// <summary>All of them.</summary>
    public static IReadOnlyList<SamplerCheck> All { get; } = [Timesteps, FindsClean, Repeats, Order, Frees];

    // Small images in [-1, 1], a different one in each row.
    private static Tensor Clean(int rows) => linspace(-0.9, 0.9, rows * 12, ScalarType.Float32).view(rows, 3, 2, 2);

    private static long Alive() => DisposeScopeManager.Statistics.ThreadTotalLiveCount;
}
