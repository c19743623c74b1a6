using Tenon.Host.Artifacts;
using Tenon.Host.Recipes;
using Tenon.Host.Tests.Training;

namespace Tenon.Host.Tests.Artifacts;

[Collection("torch")]
public sealed class UnfinishedRunTests
{
    [Theory]
    [InlineData(0.0, false)]
    [InlineData(0.9, false)]
    [InlineData(0.9, true)]
    public void Its_checkpoint_has_the_model_that_the_run_would_save(double ema, bool keepsBest)
    {
        OptimizationSetup setup = new() { Selection = keepsBest ? new Selecting() : null };
        var options = new TrainingOptions
        {
            Steps = 7,
            BatchSize = 10,
            LearningRate = 0.01,
            Schedule = LearningRateSchedule.Constant,
            Ema = ema
        };
        using var whole = new TestRun(options);
        using (var model = new TinyClassifier(normalized: true))
            whole.Train(model, setup: setup);
        File.WriteAllText(whole.Folder.Recipe, "{}");
        UnfinishedRun.Find(whole.Folder.Path).Should().BeNull("it is finished");

        using var stopped = new TestRun(options with { Steps = 20 });
        using (var model = new TinyClassifier(normalized: true))
            stopped.Train(model, stopAfter: 7, setup);
        UnfinishedRun.Find(stopped.Folder.Path).Should().BeNull("it is no run without a recipe");
        File.WriteAllText(stopped.Folder.Recipe, "{}");
        UnfinishedRun unfinished = UnfinishedRun.Find(stopped.Folder.Path)!;

        using var opened = new TinyClassifier(normalized: true);
        WeightsReader.Load(unfinished.WeightsFile, opened.Module, new WeightsFit(name => name));
        unfinished.LoadAverages(opened.Module);

        using var expected = new TinyClassifier(normalized: true);
        string file = keepsBest ? unfinished.WeightsFile : whole.Folder.File("model.safetensors");
        WeightsReader.Load(file, expected.Module, new WeightsFit(name => name));
        opened.Values().Should().Equal(expected.Values());
        Path.GetFileName(unfinished.WeightsFile).Should().Be(keepsBest ? "best.model.safetensors" : "model.safetensors");
        unfinished.Notice.Should().Contain("is not finished: this is its model after step 7");
    }

    private sealed record Selecting : SelectionOptions;
}
