using Tenon.Host.Artifacts.Metrics;
using Tenon.Host.Events;
using Tenon.Host.Recipes;
using Tenon.Host.Training;
using Tenon.Host.Training.Checkpoints;

namespace Tenon.Host.Tests.Training;

[Collection("torch")]
public sealed class OptimizationTests
{
    [Fact]
    public void Events_report_each_step_and_each_validation_in_their_order()
    {
        using var run = new TestRun(TestRun.Options);
        using var model = new TinyClassifier();

        TrainingRun trained = run.Train(model);

        run.Events.OfType<StepCompleted>().Select(step => step.Step).Should().Equal(Enumerable.Range(1, 20).Select(step => (long)step));
        run.Events.OfType<Validated>().Select(validated => validated.Step).Should().Equal(5, 10, 15, 20);
        run.Events.OfType<Validated>().Last().Loss.Should().Be(trained.Summary!.ValidationLoss);
        run.Events.FindIndex(happened => happened is Validated { Step: 5 }).Should()
            .BeGreaterThan(run.Events.FindIndex(happened => happened is StepCompleted { Step: 5 }))
            .And.BeLessThan(run.Events.FindIndex(happened => happened is StepCompleted { Step: 6 }));
        run.Events.OfType<ActivityChanged>().Select(changed => changed.Activity).Should()
            .Contain(["validating", "writing a checkpoint", "writing the model", null]);
    }

    [Fact]
    public void Stopping_writes_a_checkpoint_and_the_metrics_up_to_it()
    {
        using var run = new TestRun(TestRun.Options);
        StopsAfterOneStep(run, (_, _) => { });
        MetricsLog.Read(run.Folder.Metrics, FigureNames.Loss).Should().HaveCount(1);
    }

    [Fact]
    public void Work_that_was_given_up_for_a_stop_leaves_a_checkpoint_and_no_figures()
    {
        using var run = new TestRun(TestRun.Options);
        StopsAfterOneStep(run, (started, optimization) =>
        {
            started.Record("rl/reward", 1);
            optimization.Next().Should().BeTrue();
            started.Record("rl/reward", 2);
        });
        MetricsLog.Read(run.Folder.Metrics, "rl/reward").Should().Equal((1, 1));
    }

    [Fact]
    public void Steps_leave_no_live_tensors_behind()
    {
        using var run = new TestRun(TestRun.Options with { Steps = 60 },
            recipe => recipe with { Validation = new ValidationOptions { Every = 6 } });
        using var model = new TinyClassifier();
        using var started = new TrainingRun(run.Parts(model));
        using IOptimization optimization = started.Optimize();
        using Batch batch = TinyBatches.Rows(0, 8);
        optimization.Step([batch], model.Loss);
        LiveTensors.LeftBy(() =>
        {
            for (int i = 0; i < 20; i++)
            {
                optimization.Next();
                optimization.Step([batch], model.Loss);
            }
        }).Should().Be(0);
    }

    [Fact]
    public void A_whole_run_leaves_no_live_tensors_behind()
    {
        using var model = new TinyClassifier();
        LiveTensors.LeftBy(() =>
        {
            using var run = new TestRun(TestRun.Options);
            run.Train(model);
        }).Should().Be(0);
    }

    private static void StopsAfterOneStep(TestRun run, Action<TrainingRun, IOptimization> before)
    {
        using var model = new TinyClassifier();
        using var stop = new CancellationTokenSource();
        using var started = new TrainingRun(run.Parts(model, stop.Token));
        using IOptimization optimization = started.Optimize();
        optimization.Next().Should().BeTrue();
        optimization.Step(model.Loss);
        before(started, optimization);
        stop.Cancel();
        Func<bool> next = optimization.Next;
        next.Should().Throw<OperationCanceledException>().WithMessage("Stopped after step 1 of 20*").Which.CancellationToken.Should()
            .Be(stop.Token);
        Checkpoint.Newest(run.Folder)!.Trainer.Step.Should().Be(1);
    }
}
