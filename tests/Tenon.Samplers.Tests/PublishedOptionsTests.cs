using System.Text.Json.Nodes;
using Xunit.Abstractions;

namespace Tenon.Samplers.Tests;

/// <summary>
/// Against diffusers' schedulers with the options of published pipelines (tests/data/goldens/sampler-options): timesteps and
/// every sample of the walk.
/// </summary>
public sealed class PublishedOptionsTests(ITestOutputHelper output)
{
    private const string Folder = "sampler-options";

    public static TheoryData<string> Cases => [.. Goldens.Config(Folder).Select(pair => pair.Key)];

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Every_sample_of_the_walk_equals_the_reference(string name)
    {
        JsonObject config = Goldens.Config(Folder)[name]!.AsObject();
        var scheduler = new SchedulerCase(config);
        Skip.If(scheduler.Unsupported is not null, scheduler.Unsupported);
        using DisposeScope scope = torch.NewDisposeScope();
        Dictionary<string, Tensor> inputs = Goldens.Read(Folder, "inputs.safetensors"),
        expected = Goldens.Read(Folder, "outputs.safetensors");
        Tensor chain = expected[$"{name}.chain"]; // [steps + 1, B, C, H, W]
        ISampler sampler = scheduler.Open((int)config["steps"]!);
        using var owned = sampler as IDisposable;

        sampler.Timesteps.Should().Equal(expected[$"{name}.timesteps"].data<double>().ToArray().Select(t => (int)Math.Round(t)));
        Tensor sample = inputs["sample"] * sampler.InitialScale;
        double worst = Goldens.Difference(sample, chain[0]);
        for (int step = 0; step < sampler.Timesteps.Count; step++)
        {
            Tensor prediction = sampler.ScaleInput(sample, step).tanh() * (0.5 + sampler.Timesteps[step] / 2000.0);
            sample = sampler.Step(sample, prediction, step, () => inputs["noise"][step]);
            worst = Math.Max(worst, Goldens.Difference(sample, chain[step + 1]));
        }

        double relative = worst / chain.abs().max().item<float>(), noise = (double)config["float32_vs_float64_relative"]!;
        output.WriteLine($"{relative:E2}, float32 itself {noise:E2}");
        relative.Should().BeLessThan(10 * noise);
    }
}
