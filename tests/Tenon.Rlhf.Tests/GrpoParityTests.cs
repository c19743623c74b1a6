using System.Globalization;
using System.Text.RegularExpressions;

namespace Tenon.Rlhf.Tests;

/// <summary>Compares the formulas with TRL's GRPOTrainer. The README next to the data describes how it was generated.</summary>
public partial class GrpoParityTests
{
    private const string Golden = "rlhf-grpo";

    // Ten times the error of float32 relative to the same formulas in float64: at most 6.2e-8 in losses, 1.0e-8 in gradients.
    private const double Tolerance = 6e-7;
    private const double GradientTolerance = 1e-7;

    public static TheoryData<string> Cases => [.. Names];

    private static IEnumerable<string> Names =>
        Goldens.Names(Golden, "grads.safetensors").Select(name => name[..name.LastIndexOf(".logits", StringComparison.Ordinal)]);

    [Theory]
    [InlineData(AdvantageScale.Group, "group")]
    [InlineData(AdvantageScale.Batch, "batch")]
    [InlineData(AdvantageScale.None, "none")]
    public void Advantages_equal_the_reference(AdvantageScale scale, string name)
    {
        using DisposeScope scope = torch.NewDisposeScope();

        double[] advantages = GrpoMath.Advantages(Rewards(), GroupSize, scale);

        Goldens.Difference(torch.tensor(advantages), Goldens.Read(Golden, "outputs.safetensors")[$"advantages.{name}"]).Should()
            .BeLessThan(Tolerance);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Losses_divergences_clip_shares_and_gradients_equal_the_reference(string name)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Dictionary<string, Tensor> inputs = Goldens.Read(Golden, "inputs.safetensors");
        Dictionary<string, Tensor> outputs = Goldens.Read(Golden, "outputs.safetensors");
        Match parts = Case().Match(name);
        parts.Success.Should().BeTrue(name);
        var options = new GrpoOptions
        {
            MaxNewTokens = (int)Number("max_completion_length"),
            ClipRange = Number("epsilon_low"),
            UpperClipRange = Number("epsilon_high"),
            KlCoefficient = double.Parse(parts.Groups["beta"].Value, CultureInfo.InvariantCulture),
            RatioLimit = parts.Groups["delta"].Value is "none"
                ? null : double.Parse(parts.Groups["delta"].Value, CultureInfo.InvariantCulture),
            Ratio = parts.Groups["level"].Value is "token" ? RatioLevel.Action : RatioLevel.Response,
            LossMean = parts.Groups["mean"].Value switch
            {
                "grpo" => LossMean.Response,
                "dr_grpo" => LossMean.Constant,
                _ => LossMean.Action
            },
        };
        Tensor logits = inputs["logits"].requires_grad_();
        Tensor logProbabilities = logits.log_softmax(-1).gather(2, inputs["completion_ids"].unsqueeze(2)).squeeze(2); // [B, T]
        Tensor advantages = torch.tensor(GrpoMath.Advantages(Rewards(), GroupSize, options.AdvantageScale)).to(torch.ScalarType.Float32);
        Tensor before = parts.Groups["old"].Value is "old" ? inputs["old_logps"] : logProbabilities.detach();

        (Tensor loss, Tensor clipped, Tensor? divergence) = GrpoMath.Loss(
            logProbabilities, before, options.KlCoefficient > 0 ? inputs["ref_logps"] : null, advantages.unsqueeze(1),
            inputs["completion_mask"].to(torch.ScalarType.Float32), options);
        loss.backward();

        Goldens.Difference(logProbabilities, outputs["logps"]).Should().BeLessThan(3e-6);
        Near(loss, "loss");
        Near(clipped, "clip_ratio");
        Near(divergence, "kl");
        Goldens.Difference(logits.grad!, Goldens.Read(Golden, "grads.safetensors")[$"{name}.logits"]).Should()
            .BeLessThan(GradientTolerance);

        // The reference reports no clip share for whole responses, and no divergence if the coefficient is 0.
        void Near(Tensor? found, string what)
        {
            if (outputs.TryGetValue($"{name}.{what}", out Tensor? expected))
                Goldens.Difference(found!, expected).Should().BeLessThan(Tolerance, what);
        }
    }

    [Fact]
    public void Every_output_of_the_reference_belongs_to_a_case() =>
        Goldens.Names(Golden, "outputs.safetensors")
            .Where(name => !name.StartsWith("advantages.", StringComparison.Ordinal) && name != "logps")
            .Select(name => name[..name.LastIndexOf('.')]).Distinct().Should().BeEquivalentTo(Names);

    [Fact]
    public void Equal_rewards_have_no_advantage_at_all()
    {
        double[] rewards = [0.1, 0.1, 0.1, 0.3, 0.1, 0.2];

        foreach (AdvantageScale scale in Enum.GetValues<AdvantageScale>())
            GrpoMath.Advantages(rewards, 3, scale)[..3].Should().Equal(0, 0, 0);
    }

    [Theory]
    [InlineData(5, 0)]
    [InlineData(6, 0)]
    [InlineData(8, 1)]
    [InlineData(10, 2)]
    [InlineData(12, 2)]
    public void The_penalty_of_long_responses_grows_over_the_buffer(double length, double penalty) => GrpoMath.Overlong(
        length, new GrpoOptions { MaxNewTokens = 10, OverlongBuffer = 4, OverlongPenalty = 2 }).Should().Be(penalty);

    private static int GroupSize => (int)Number("num_generations");

    private static double[] Rewards()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return [.. Goldens.Read(Golden, "inputs.safetensors")["rewards"].data<float>().ToArray().Select(reward => (double)reward)];
    }

    private static double Number(string key) => (double)Goldens.Config(Golden)[key]!;

    [GeneratedRegex(@"^(?<mean>\w+)\.(?<level>\w+)\.beta(?<beta>[\d.]+?)\.delta(?<delta>none|[\d.]+)\.(?<old>old|onpolicy)$")]
    private static partial Regex Case();
}
