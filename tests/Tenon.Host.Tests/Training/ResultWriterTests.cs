using Tenon.Host.Artifacts.Metrics;
using Tenon.Host.Evaluation.Plots;
using Tenon.Host.Training;

namespace Tenon.Host.Tests.Training;

[Collection("torch")]
public sealed class ResultWriterTests
{
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
}
