using Tenon.Host.Artifacts;
using Tenon.Host.Artifacts.Metrics;
using Tenon.Host.Evaluation.Plots;
using Tenon.Host.Training;

namespace Tenon.Host.Tests.Training;

[Collection("torch")]
public sealed class ResultWriterTests
{
    private sealed record Selecting : SelectionOptions;

    [Fact]
    public void The_artifact_holds_the_averages_and_the_configuration()
    {
        using var run = new TestRun(TestRun.Options);
        using var model = new TinyClassifier();
        TrainingRun trained = run.Train(model);
        run.ReadNewest("ema.safetensors").Should().NotEqual(run.ReadNewest("model.safetensors"));
        File.ReadAllBytes(run.Folder.File("model.safetensors")).Should().Equal(run.ReadNewest("ema.safetensors"));
        File.ReadAllText(run.Folder.File("config.json")).Should().Contain("tiny");
        trained.Summary!.Steps.Should().Be(20);
        trained.Summary.ValidationLoss.Should().Be(MetricsLog.Read(run.Folder.Metrics, FigureNames.ValidationLoss)[^1].Value);
        trained.Summary.DataWaitShare.Should().BeInRange(0, 1);
    }

    [Fact]
    public void The_plots_show_what_the_metrics_hold()
    {
        using var run = new TestRun(TestRun.Options);
        using var model = new TinyClassifier();

        run.Train(model);

        File.ReadAllBytes(run.Folder.LossPlot).Should().Equal(1);
        File.ReadAllBytes(run.Folder.FiguresPlot).Should().Equal(2);
        LossCurves losses = run.Plots.Losses.Should().ContainSingle().Subject;
        losses.Should().BeEquivalentTo(new { Title = run.Folder.Name, Objective = (string?)null });
        losses.Training.Should().Equal(MetricsLog.Read(run.Folder.Metrics, FigureNames.Loss));
        losses.Validation.Should().Equal(MetricsLog.Read(run.Folder.Metrics, FigureNames.ValidationLoss));
        run.Plots.Figures.Select(figure => figure.Name).Should().Equal("test/coming", "test/best");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_summary_of_a_run_that_was_killed_after_its_last_checkpoint_is_complete(bool selects)
    {
        using var run = new TestRun(TestRun.Options);
        OptimizationSetup? setup = selects ? new() { Selection = new Selecting() } : null;
        using var first = new TinyClassifier();
        RunSummary whole = run.Train(first, setup: setup).Summary!;
        File.Delete(run.Folder.Summary);

        using var second = new TinyClassifier();
        RunSummary resumed = run.Train(second, setup: setup).Summary!;

        resumed.Should().BeEquivalentTo(whole, options => options.Excluding(summary => summary.Time)
            .Excluding(summary => summary.UnitsPerSecond).Excluding(summary => summary.DataWaitShare)
            .Excluding(summary => summary.PeakMemory));
        resumed.Loss.Should().NotBeNull();
        resumed.UnitsPerSecond.Should().Be(MetricsLog.Read(run.Folder.Metrics, FigureNames.Speed(resumed.Unit))[^1].Value);
        RunSummary.Read(run.Folder).Should().Be(resumed);
    }
}
