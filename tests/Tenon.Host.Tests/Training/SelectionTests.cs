using Tenon.Host.Artifacts.Metrics;
using Tenon.Host.Recipes;
using Tenon.Host.Training;
using static TorchSharp.torch;

namespace Tenon.Host.Tests.Training;

/// <summary>Early stopping and the best model, on validations whose losses are given by step.</summary>
[Collection("torch")]
public sealed class SelectionTests
{
    private static readonly TrainingOptions Training = new() { Steps = 40, BatchSize = 10, LearningRate = 0.01, LogEvery = 5 };
    private static readonly Dictionary<long, double> Losses =
        new() { [5] = 1, [10] = 0.5, [15] = 0.7, [20] = 0.8, [25] = 0.4, [30] = 0.9, [35] = 0.9, [40] = 0.9 };

    private sealed record Options : SelectionOptions;

    [Fact]
    public void Training_ends_when_patience_is_used_up_and_the_best_model_is_the_result()
    {
        using var run = new TestRun(Training);
        using var model = new TinyClassifier();
        (TrainingRun trained, Dictionary<long, float[]> values) = Train(run, model, new Options { Patience = 2 });

        trained.Summary!.Steps.Should().Be(20);
        trained.Summary.Best.Should().Be("step 10, best loss of all validations");
        trained.Summary.Stopped.Should().Be("after step 20 of 40: no better loss in 2 validations");
        Artifact(run).Should().Equal(values[10]).And.NotEqual(values[20]);
        model.Values().Should().Equal(values[20], "training could go on from the last step");
        MetricsLog.Read(run.Folder.Metrics, FigureNames.Best + "step").Should().Equal((20L, 10.0));
    }

    [Fact]
    public void Without_patience_every_step_is_done_and_the_best_model_is_the_result()
    {
        using var run = new TestRun(Training);
        using var model = new TinyClassifier();
        (TrainingRun trained, Dictionary<long, float[]> values) = Train(run, model, new Options());
        trained.Summary!.Steps.Should().Be(40);
        trained.Summary.Stopped.Should().BeNull();
        Artifact(run).Should().Equal(values[25]);
    }

    [Fact]
    public void The_last_model_is_the_result_when_the_best_is_not_kept()
    {
        using var run = new TestRun(Training);
        using var model = new TinyClassifier();
        (TrainingRun trained, Dictionary<long, float[]> values) = Train(run, model, new Options { Patience = 2, KeepBest = false });
        trained.Summary!.Best.Should().BeNull();
        Artifact(run).Should().Equal(values[20]);
    }

    [Theory]
    [InlineData(8)]
    [InlineData(17)]
    [InlineData(19)]
    public void A_resumed_run_keeps_the_same_model_and_ends_at_the_same_step(long interruptedAfter)
    {
        TrainingOptions training = Training with { Ema = 0.9 };
        using var whole = new TestRun(training);
        using (var model = new TinyClassifier())
            Train(whole, model, new Options { Patience = 2 });

        using var parted = new TestRun(training);
        using (var first = new TinyClassifier())
            Train(parted, first, new Options { Patience = 2 }, interruptedAfter).Run.Summary.Should().BeNull();
        using (var second = new TinyClassifier(seed: 8))
            Train(parted, second, new Options { Patience = 2 }).Run.Summary!.Steps.Should().Be(20);

        Artifact(parted).Should().Equal(Artifact(whole));
        parted.MetricsWithoutTimes().Should().Equal(whole.MetricsWithoutTimes());
        foreach (string file in new[] { "model.safetensors", "optimizer.safetensors", "best.model.safetensors" })
            parted.ReadNewest(file).Should().Equal(whole.ReadNewest(file), file);
    }

    [Fact]
    public void A_run_that_ended_early_ends_again_at_once_and_goes_on_with_more_patience()
    {
        using var run = new TestRun(Training);
        using (var model = new TinyClassifier())
            Train(run, model, new Options { Patience = 2 });
        float[] weights = Artifact(run);
        using (var model = new TinyClassifier(seed: 8))
            Train(run, model, new Options { Patience = 2 }).Run.Summary!.Steps.Should().Be(20);
        Artifact(run).Should().Equal(weights);
        using var longer = new TinyClassifier(seed: 8);
        (TrainingRun trained, Dictionary<long, float[]> values) = Train(run, longer, new Options { Patience = 3 });
        trained.Summary!.Steps.Should().Be(40);
        Artifact(run).Should().Equal(values[25]);
    }

    [Fact]
    public void A_run_that_keeps_its_best_leaves_no_live_tensors_behind()
    {
        using var model = new TinyClassifier();
        LiveTensors.LeftBy(() =>
        {
            using var run = new TestRun(Training);
            Train(run, model, new Options { Patience = 2 });
        }).Should().Be(0);
    }

    [Fact]
    public void A_loss_that_is_no_number_is_never_the_best_for_long()
    {
        Selection selection = Selection.Start.With(SelectionMetric.Loss, new BestValidation(1, double.NaN))
            .With(SelectionMetric.Loss, new BestValidation(2, 3));
        selection.Best!.Step.Should().Be(2);
        selection.With(SelectionMetric.Loss, new BestValidation(3, double.NaN)).Should().Be(selection with { Since = 1 });
    }

    [Fact]
    public void Accuracy_and_macro_F1_are_better_when_higher()
    {
        Selection selection = Selection.Start.With(SelectionMetric.MacroF1, new BestValidation(1, 1, 0.9, 0.5));
        selection.With(SelectionMetric.MacroF1, new BestValidation(2, 2, 0.1, 0.6)).Best!.Step.Should().Be(2);
        selection.With(SelectionMetric.Accuracy, new BestValidation(2, 0, 0.8, 0.6)).Best!.Step.Should().Be(1);
        Action missing = () => selection.With(SelectionMetric.Accuracy, new BestValidation(2, 0));
        missing.Should().Throw<ModelException>().WithMessage("metric is 'accuracy', but validations have only a loss*");
    }

    [Fact]
    public void What_cannot_be_selected_by_is_refused()
    {
        using var run = new TestRun(Training);
        using var model = new TinyClassifier();
        Action train = () => Train(run, model, new Options { Metric = SelectionMetric.Accuracy });
        train.Should().Throw<ModelException>().WithMessage("metric is 'accuracy', but the model has no classification head*");
        Selection.Error(new Options { Patience = 3 }, hasClasses: true, validates: false).Should()
            .StartWith("patience is 3, but there is nothing to validate on");
    }

    private static (TrainingRun Run, Dictionary<long, float[]> Values) Train(TestRun run, TinyClassifier model, SelectionOptions options,
        long? stopAfter = null)
    {
        using var stop = new CancellationTokenSource();
        using var training = new TrainingRun(run.Parts(model, stop.Token));
        long now = 0;
        Tensor Loss(Batch batch) => tensor(Losses[now]);
        using IOptimization optimization = training.Optimize(new OptimizationSetup { Selection = options, ValidationLoss = Loss });
        var values = new Dictionary<long, float[]>();
        try
        {
            while (true)
            {
                now = optimization.CompletedSteps;
                values[now] = model.Values();
                if (now == stopAfter)
                    stop.Cancel();
                if (!optimization.Next())
                    break;
                optimization.Step(model.Loss);
            }
        }
        catch (OperationCanceledException) when (stopAfter is not null)
        {
        }

        return (training, values);
    }

    private static float[] Artifact(TestRun run)
    {
        using var file = Tenon.Safetensors.SafetensorsFile.Open(run.Folder.File("model.safetensors"));
        return file.Tensors.Keys.Order(StringComparer.Ordinal).SelectMany(name =>
        {
            using Tensor tensor = file.Read(name);
            return TinyClassifier.Values(tensor);
        }).ToArray();
    }
}
