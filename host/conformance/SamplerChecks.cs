using TorchSharp;
using static TorchSharp.torch;

namespace Tenon.Conformance;

using SamplerCheck = Check<SamplerSubject>;

/// <summary>Checks of every sampler.</summary>
public static class SamplerChecks
{
    private const double Rounding = 1e-4;

    // Sampling may end at the noise level of the first timestep instead of at the clean sample.
    private const double Ending = 0.1;

    /// <summary>The timesteps are within the model's range.</summary>
    public static SamplerCheck Timesteps { get; } = new("timesteps in range", "For each number of steps there is at least one timestep, " +
        "all are in the model's range, and the first is not below the last.", subject => Compare.All(
        subject.Steps.Select(steps =>
        {
            ISampler sampler = subject.Open(steps, PredictionType.Epsilon);
            using var owned = sampler as IDisposable;
            int trained = SamplerSubject.AlphasCumulative.Count;
            if (sampler.Timesteps.Count == 0)
                return Verdict.Fail($"With {steps} steps the sampler has no timesteps.");
            if (sampler.Timesteps.Any(t => t < 0 || t >= trained))
                return Verdict.Fail($"With {steps} steps the sampler has the timesteps {string.Join(", ", sampler.Timesteps)}; the " +
                    $"model allows 0 … {trained - 1}.");
            return sampler.Timesteps[0] >= sampler.Timesteps[^1]
                ? Verdict.Passed
                : Verdict.Fail($"With {steps} steps sampling starts at timestep {sampler.Timesteps[0]} and ends at " +
                    $"{sampler.Timesteps[^1]}; it must start at the highest timestep, which is noise, and go down.");
        })));

    /// <summary>With a perfect model, sampling ends at the clean sample.</summary>
    public static SamplerCheck FindsClean { get; } = new("finds the clean sample", "With a model that knows the clean samples, sampling " +
        "ends at them for every prediction type (noise, velocity or clean sample).", subject => Compare.All(
        Enum.GetValues<PredictionType>().Select(prediction =>
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor clean = Clean(3);
            return Compare.Near(subject.Walk(subject.DefaultSteps, prediction, clean, [1, 2, 3]), clean, Ending,
                $"The clean samples and those of a perfect model that predicts {prediction}");
        })));

    /// <summary>Samples are a function of the noise.</summary>
    public static SamplerCheck Repeats { get; } = new("samples are deterministic",
        "The same noise gives the same samples, bit for bit: noise is drawn only through the given function.", subject =>
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor clean = Clean(3);
        Tensor first = subject.Walk(7, PredictionType.Epsilon, clean, [1, 2, 3]);
        randn(10);
        return Compare.Near(subject.Walk(7, PredictionType.Epsilon, clean, [1, 2, 3]), first, 0, "Samples of the same noise");
    });

    /// <summary>Rows are independent.</summary>
    public static SamplerCheck Order { get; } =
        new("batch order is irrelevant", "A sample depends neither on its position in the batch nor on the other samples.", subject =>
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor clean = Clean(3);
        Tensor together = subject.Walk(7, PredictionType.Velocity, clean, [1, 2, 3]);
        Tensor back = subject.Walk(7, PredictionType.Velocity, clean.flip(0), [3, 2, 1]).flip(0);
        Tensor alone = cat([.. Enumerable.Range(0, 3)
            .Select(i => subject.Walk(7, PredictionType.Velocity, clean.narrow(0, i, 1), [i + 1]))]);
        return Compare.All(
            Compare.Near(back, together, Rounding, "Samples in reverse order"),
            Compare.Near(alone, together, Rounding, "Samples alone"));
    });

    /// <summary>Sampling does not leak tensors.</summary>
    public static SamplerCheck Frees { get; } =
        new("no tensor leaks", "After the last step and disposal of the sampler, only the samples are alive.", subject =>
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor clean = Clean(3);
        long before = Alive();
        subject.Walk(7, PredictionType.Epsilon, clean, [1, 2, 3]).Dispose();
        long left = Alive() - before;
        return left > 0
            ? Verdict.Fail($"{left} tensors are still alive after sampling. Compute in a dispose scope; a sampler that keeps tensors " +
                "between steps must implement IDisposable and dispose them.")
            : Verdict.Passed;
    });

    /// <summary>All sampler checks.</summary>
    public static IReadOnlyList<SamplerCheck> All { get; } = [Timesteps, FindsClean, Repeats, Order, Frees];

    // Small images in [-1, 1], different in each row.
    private static Tensor Clean(int rows) => linspace(-0.9, 0.9, rows * 12, ScalarType.Float32).view(rows, 3, 2, 2);

    private static long Alive() => DisposeScopeManager.Statistics.ThreadTotalLiveCount;
}
