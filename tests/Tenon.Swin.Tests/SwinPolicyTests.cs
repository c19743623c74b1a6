namespace Tenon.Swin.Tests;

public class SwinPolicyTests
{
    [Fact]
    public void Recomputed_log_probabilities_equal_sampled_ones()
    {
        using SwinModel model = Models.Tiny();
        model.eval();
        using Batch images = model.Collate(TestImages.Many(8), TestImages.Context());
        PolicyChecks.RecomputesWhatWasSampled(model, images, new SamplingOptions { Temperature = 0.5 }, 1e-5);
        PolicyChecks.Repeats(model, images, new SamplingOptions());
        PolicyChecks.LeavesNothing(model, images, new SamplingOptions());
    }
}
