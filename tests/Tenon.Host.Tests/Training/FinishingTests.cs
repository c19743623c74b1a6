using Tenon.Host.Artifacts;
using Tenon.Host.Recipes;
using Tenon.Host.Training;
using Tenon.Host.Training.Checkpoints;

namespace Tenon.Host.Tests.Training;

/// <summary>Failures between steps and after the last one lose nothing that was trained.</summary>
[Collection("torch")]
public sealed class FinishingTests
{
    private static readonly TrainingOptions Options = new() { Steps = 20, BatchSize = 10, LearningRate = 0.01, LogEvery = 4, Ema = 0.95 };

    [Theory]
    [InlineData(20, false)]
    [InlineData(20, true)]
    [InlineData(10, false)]
    public void A_validation_that_fails_is_repeated_by_the_resumed_run(long at, bool selects)
    {
        OptimizationSetup setup = new() { Selection = selects ? new Selecting() : null };
        using var whole = new TestRun(Options);
        using (var model = new TinyClassifier())
            whole.Train(model, setup: setup);

        using var run = new TestRun(Options);
        using (var first = new TinyClassifier())
            run.Invoking(failing => Train(failing, first, setup, at)).Should().Throw<DataException>().WithMessage("damaged");

        Checkpoint.Newest(run.Folder)!.Trainer.Step.Should().Be(at);
        File.Exists(run.Folder.File("model.safetensors")).Should().Be(at == Options.Steps);
        File.Exists(run.Folder.Summary).Should().BeFalse();
        if (at == Options.Steps && !selects)
            Model(run).Should().Equal(Model(whole));

        using var second = new TinyClassifier();
        TrainingRun resumed = run.Train(second, setup: setup);

        resumed.Summary!.ValidationLoss.Should().Be(RunSummary.Read(whole.Folder)!.ValidationLoss).And.NotBeNull();
        Model(run).Should().Equal(Model(whole));
        run.MetricsWithoutTimes().Should().Equal(whole.MetricsWithoutTimes());
    }

    [Fact]
    public void The_model_is_written_before_the_last_validation_and_the_checkpoint_has_its_result_after_it()
    {
        using var run = new TestRun(Options);
        using var model = new TinyClassifier();
        bool? wasThere = null;
        run.Train(model, setup: new OptimizationSetup
        {
            ValidationLoss = batch =>
            {
                if (Checkpoint.Newest(run.Folder)?.Trainer is { Step: 20, Previous: 19 })
                    wasThere = File.Exists(run.Folder.File("model.safetensors"));
                return model.Loss(batch);
            },
        });

        wasThere.Should().BeTrue();
        TrainerState trainer = Checkpoint.Newest(run.Folder)!.Trainer;
        trainer.Previous.Should().BeNull();
        trainer.Pending.Should().BeNull();
        trainer.ValidationLoss.Should().Be(RunSummary.Read(run.Folder)!.ValidationLoss);
    }

    [Fact]
    public void Checkpoints_by_time_change_neither_weights_nor_metrics()
    {
        using var whole = new TestRun(Options);
        using var uninterrupted = new TinyClassifier();
        whole.Train(uninterrupted);
        Directory.GetDirectories(whole.Folder.Checkpoints).Select(Path.GetFileName).Should().Equal("step-00000020");

        using var timed = new TestRun(Options) { Clock = new SteppingClock(TimeSpan.FromMinutes(2)) };
        using var model = new TinyClassifier();
        List<long> checkpoints = [];
        timed.Train(model, loss: batch =>
        {
            checkpoints.Add(Checkpoint.Newest(timed.Folder)?.Trainer.Step ?? 0);
            return model.Loss(batch);
        });

        checkpoints.Distinct().Count().Should().BeInRange(3, 15);
        model.Values().Should().Equal(uninterrupted.Values());
        Model(timed).Should().Equal(Model(whole));
        timed.MetricsWithoutTimes().Should().Equal(whole.MetricsWithoutTimes());
    }

    [Fact]
    public void Zero_minutes_turn_checkpoints_by_time_off()
    {
        using var run = new TestRun(Options, recipe => recipe with { Checkpoints = new CheckpointOptions { Minutes = 0 } })
        {
            Clock =
            new SteppingClock(TimeSpan.FromHours(2))
        };
        using var model = new TinyClassifier();
        run.Train(model, loss: batch =>
        {
            Checkpoint.Newest(run.Folder).Should().BeNull();
            return model.Loss(batch);
        });
    }

    private static void Train(TestRun run, TinyClassifier model, OptimizationSetup setup, long failsAt)
    {
        long step = 0;
        run.Train(
            model, setup: setup with { ValidationLoss = batch => step == failsAt ? throw new DataException("damaged") : model.Loss(batch) },
            loss: batch =>
            {
                step++;
                return model.Loss(batch);
            });
    }

    private static byte[] Model(TestRun run) => File.ReadAllBytes(run.Folder.File("model.safetensors"));

    private sealed record Selecting : SelectionOptions;

    // Each reading of the time is later than the last one.
    private sealed class SteppingClock(TimeSpan by) : TimeProvider
    {
        private long _readings;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => ++_readings * by.Ticks;
    }
}
