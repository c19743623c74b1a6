using Tenon.Host.Artifacts;
using Tenon.Host.Recipes;
using Tenon.Host.Training;

namespace Tenon.Host.Tests.Training.Checkpoints;

[Collection("torch")]
public sealed class RunCheckpointsTests
{
    [Theory]
    [InlineData(10, false)]
    [InlineData(7, false)]
    [InlineData(7, true)]
    [InlineData(7, false, OptimizerName.Adamw8bit)]
    public void A_resumed_run_equals_an_uninterrupted_one_bit_for_bit(
        long interruptedAfter, bool normalized, OptimizerName optimizer = OptimizerName.Adamw)
    {
        TrainingOptions options = TestRun.Options with { Optimizer = optimizer };
        using var whole = new TestRun(options);
        using var uninterrupted = new TinyClassifier(normalized: normalized);
        whole.Train(uninterrupted).Summary.Should().NotBeNull();

        using var parted = new TestRun(options);
        using (var first = new TinyClassifier(normalized: normalized))
            parted.Train(first, stopAfter: interruptedAfter).Summary.Should().BeNull();
        // What a crash after the checkpoint leaves behind.
        File.AppendAllText(parted.Folder.Metrics, "{\"step\":999}\n");
        using var second = new TinyClassifier(normalized: normalized);
        parted.Train(second).Summary.Should().NotBeNull();

        second.Values().Should().Equal(uninterrupted.Values());
        parted.MetricsWithoutTimes().Should().Equal(whole.MetricsWithoutTimes());
        foreach (string file in new[] { "model.safetensors", "optimizer.safetensors", "ema.safetensors" })
            parted.ReadNewest(file).Should().Equal(whole.ReadNewest(file), file);
        File.ReadAllBytes(parted.Folder.File("model.safetensors")).Should()
            .Equal(File.ReadAllBytes(whole.Folder.File("model.safetensors")));
    }

    [Fact]
    public void A_finished_run_that_is_resumed_only_writes_the_artifact()
    {
        using var run = new TestRun(TestRun.Options);
        using (var model = new TinyClassifier())
            run.Train(model);
        string[] metrics = File.ReadAllLines(run.Folder.Metrics);
        byte[] weights = File.ReadAllBytes(run.Folder.File("model.safetensors"));
        File.Delete(run.Folder.File("model.safetensors"));
        using var again = new TinyClassifier(seed: 8);
        run.Train(again).Summary.Should().NotBeNull();
        File.ReadAllLines(run.Folder.Metrics).Should().Equal(metrics);
        File.ReadAllBytes(run.Folder.File("model.safetensors")).Should().Equal(weights);
    }

    [Fact]
    public void A_run_whose_folder_was_deleted_ends_at_the_next_checkpoint()
    {
        using var run = new TestRun(TestRun.Options, recipe => recipe with { Checkpoints = new CheckpointOptions { Every = 3 } });
        using var model = new TinyClassifier();
        int losses = 0;

        run.Invoking(r => r.Train(model, loss: batch =>
        {
            if (++losses == 3)
                Directory.Delete(run.Folder.Path, recursive: true);
            return model.Loss(batch);
        })).Should().Throw<CheckpointException>().WithMessage($"The run's folder '{run.Folder.Path}' was deleted or moved*");

        losses.Should().BeLessThan(10);
        Directory.Exists(run.Folder.Checkpoints).Should().BeFalse();
    }

    [Fact]
    public void A_checkpoint_of_other_data_positions_is_refused()
    {
        using var run = new TestRun(TestRun.Options);
        using (var model = new TinyClassifier())
            run.Train(model, stopAfter: 3);
        run.Recipe = run.Recipe with { Training = TestRun.Options with { Accumulate = 3 } };
        using var again = new TinyClassifier();
        Action resume = () => run.Train(again);
        resume.Should().Throw<CheckpointException>().WithMessage("*training:accumulate 2, but the recipe has 3*");
    }

    [Fact]
    public void The_newest_checkpoints_are_kept()
    {
        using var run = new TestRun(TestRun.Options, recipe => recipe with { Checkpoints = new CheckpointOptions { Every = 3, Keep = 3 } });
        using var model = new TinyClassifier();
        run.Train(model);
        CheckpointsOf(run).Should().Equal("step-00000015", "step-00000018", "step-00000020");
    }

    [Fact]
    public void Several_steps_between_two_visits_are_saved_together()
    {
        using var run = new TestRun(TestRun.Options with { Steps = 12 },
            recipe => recipe with { Checkpoints = new CheckpointOptions { Every = 5, Keep = 9 } });
        using var model = new TinyClassifier();
        using var started = new TrainingRun(run.Parts(model));
        using IOptimization optimization = started.Optimize();
        using Batch batch = TinyBatches.Rows(0, 8);
        while (optimization.Next())
        {
            for (int i = 0; i < 4; i++)
                optimization.Step([batch], model.Loss);
        }

        CheckpointsOf(run).Should().Equal("step-00000008", "step-00000012");
        optimization.Next().Should().BeFalse();
    }

    private static IEnumerable<string?> CheckpointsOf(TestRun run) =>
        Directory.GetDirectories(run.Folder.Checkpoints).Select(Path.GetFileName).Order();
}
