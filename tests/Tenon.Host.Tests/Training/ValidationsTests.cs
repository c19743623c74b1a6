using Tenon.Host.Artifacts.Metrics;
using static TorchSharp.torch;

namespace Tenon.Host.Tests.Training;

[Collection("torch")]
public sealed class ValidationsTests
{
    [Fact]
    public void Validation_is_due_at_multiples_and_at_the_end_and_leaves_the_mode()
    {
        using var run = new TestRun(TestRun.Options with { Steps = 12 });
        using var model = new TinyClassifier();
        run.Train(model);
        MetricsLog.Read(run.Folder.Metrics, FigureNames.ValidationLoss).Select(point => point.Step).Should().Equal(5, 10, 12);
        MetricsLog.Read(run.Folder.Metrics, FigureNames.Loss).Select(point => point.Step).Should().Equal(1, 4, 8, 12);
        model.training.Should().BeTrue();
        model.children().Should().OnlyContain(child => child.training);
    }

    [Fact]
    public void Validation_weights_batches_by_their_targets_without_dropout()
    {
        using var run = new TestRun(TestRun.Options with { Ema = 0 });
        using var model = new TinyClassifier();
        double loss = run.Train(model).Summary!.ValidationLoss!.Value;
        model.eval();
        using Batch all = TinyBatches.Rows(0, 40);
        using Tensor expected = model.Loss(all);
        loss.Should().BeApproximately(expected.item<float>(), 1e-6);
    }
}
