using Tenon.Host.Artifacts;
using Tenon.Host.Artifacts.Metrics;
using Tenon.Host.Evaluation.Plots;
using Tenon.Host.Events;
using Tenon.Host.Recipes;
using Tenon.Host.Training;
using Tenon.Host.Training.Checkpoints;
using Tenon.Safetensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Tenon.Host.Tests.Training;

[Collection("torch")]
public sealed class OptimizationTests
{
    private static readonly TrainingOptions Options = new()
    {
        Steps = 20,
        BatchSize = 10,
        Accumulate = 2,
        LearningRate = 0.01,
        WarmupSteps = 3,
        LogEvery = 4,
        Ema = 0.95,
    };

    [Theory]
    [InlineData(10, false)]
    [InlineData(7, false)]
    [InlineData(7, true)]
    public void A_resumed_run_equals_an_uninterrupted_one_bit_for_bit(long interruptedAfter, bool normalized)
    {
        using var whole = new TestRun(Options);
        using var uninterrupted = new TinyClassifier(normalized: normalized);
        whole.Train(uninterrupted).Summary.Should().NotBeNull();

        using var parted = new TestRun(Options);
        using (var first = new TinyClassifier(normalized: normalized))
            parted.Train(first, stopAfter: interruptedAfter).Summary.Should().BeNull();
        // What a crash after the checkpoint leaves behind.
        File.AppendAllText(parted.Folder.Metrics, "{\"step\":999}\n");
        using var second = new TinyClassifier(normalized: normalized);
        parted.Train(second).Summary.Should().NotBeNull();

        second.Values().Should().Equal(uninterrupted.Values());
        parted.MetricsWithoutTimes().Should().Equal(whole.MetricsWithoutTimes());
        foreach (string file in new[] { "model.safetensors", "optimizer.safetensors", "ema.safetensors" })
            Last(parted, file).Should().Equal(Last(whole, file), file);
        File.ReadAllBytes(parted.Folder.File("model.safetensors")).Should().Equal(File.ReadAllBytes(whole.Folder.File("model.safetensors")));
    }

    [Fact]
    public void Running_statistics_are_averaged_saved_and_checkpointed()
    {
        using DisposeScope scope = NewDisposeScope();
        using var run = new TestRun(Options);
        using var model = new TinyClassifier(normalized: true);

        run.Train(model);

        string checkpoint = Checkpoint.Newest(run.Folder)!.Folder;
        using SafetensorsFile artifact = SafetensorsFile.Open(run.Folder.File("model.safetensors"));
        using SafetensorsFile own = SafetensorsFile.Open(Path.Combine(checkpoint, "model.safetensors"));
        using SafetensorsFile averages = SafetensorsFile.Open(Path.Combine(checkpoint, "ema.safetensors"));
        foreach (string name in new[] { "norm.running_mean", "norm.running_var" })
        {
            TinyClassifier.Values(artifact.Read(name)).Should().Equal(TinyClassifier.Values(averages.Read(name)))
                .And.NotEqual(TinyClassifier.Values(own.Read(name)), "the artifact has the average");
        }

        // Two micro-batches a step; validation counts none.
        artifact.Read("norm.num_batches_tracked").item<long>().Should().Be(Options.Steps * Options.Accumulate);
    }

    [Fact]
    public void An_auxiliary_module_is_trained_and_resumed_and_no_part_of_the_artifact()
    {
        static TinyClassifier Auxiliary() => new(seed: 11);
        // The auxiliary's output is added to the model's, so that both learn from one loss.
        static void Train(TestRun run, TinyClassifier auxiliary, long? stopAfter)
        {
            using var model = new TinyClassifier();
            run.Train(model, stopAfter, new OptimizationSetup { AuxiliaryModule = auxiliary }, batch => model.Loss(batch) + auxiliary.Loss(batch));
        }

        using var whole = new TestRun(Options);
        using TinyClassifier uninterrupted = Auxiliary();
        Train(whole, uninterrupted, null);
        using var parted = new TestRun(Options);
        using (TinyClassifier first = Auxiliary())
            Train(parted, first, 7);
        using TinyClassifier second = Auxiliary();
        Train(parted, second, null);

        using TinyClassifier untrained = Auxiliary();
        second.Values().Should().Equal(uninterrupted.Values()).And.NotEqual(untrained.Values());
        foreach (string file in new[] { "parameters.safetensors", "optimizer.safetensors" })
            Last(parted, file).Should().Equal(Last(whole, file), file);
        using SafetensorsFile beside = SafetensorsFile.Open(Path.Combine(Checkpoint.Newest(whole.Folder)!.Folder, "parameters.safetensors"));
        beside.Tensors.Keys.Should().OnlyContain(name => name.StartsWith("auxiliary."));
        using SafetensorsFile artifact = SafetensorsFile.Open(whole.Folder.File("model.safetensors"));
        artifact.Tensors.Keys.Should().NotContain(name => name.Contains("auxiliary"));
    }

    [Fact]
    public void The_artifact_holds_the_averages_and_the_configuration()
    {
        using var run = new TestRun(Options);
        using var model = new TinyClassifier();
        TrainingRun trained = run.Train(model);
        Last(run, "ema.safetensors").Should().NotEqual(Last(run, "model.safetensors"));
        File.ReadAllBytes(run.Folder.File("model.safetensors")).Should().Equal(Last(run, "ema.safetensors"));
        File.ReadAllText(run.Folder.File("config.json")).Should().Contain("tiny");
        trained.Summary!.Steps.Should().Be(20);
        trained.Summary.ValidationLoss.Should().Be(MetricsLog.Read(run.Folder.Metrics, FigureNames.ValidationLoss)[^1].Value);
        trained.Summary.DataWaitShare.Should().BeInRange(0, 1);
    }

    [Fact]
    public void The_plots_show_what_the_metrics_hold()
    {
        using var run = new TestRun(Options);
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

    [Fact]
    public void Events_report_each_step_and_each_validation_in_their_order()
    {
        using var run = new TestRun(Options);
        using var model = new TinyClassifier();

        TrainingRun trained = run.Train(model);

        run.Events.OfType<StepCompleted>().Select(step => step.Step).Should().Equal(Enumerable.Range(1, 20).Select(step => (long)step));
        run.Events.OfType<Validated>().Select(validated => validated.Step).Should().Equal(5, 10, 15, 20);
        run.Events.OfType<Validated>().Last().Loss.Should().Be(trained.Summary!.ValidationLoss);
        run.Events.FindIndex(happened => happened is Validated { Step: 5 }).Should()
            .BeGreaterThan(run.Events.FindIndex(happened => happened is StepCompleted { Step: 5 }))
            .And.BeLessThan(run.Events.FindIndex(happened => happened is StepCompleted { Step: 6 }));
        run.Events.OfType<ActivityChanged>().Select(changed => changed.Activity).Should().Contain(["validating", "writing a checkpoint", "writing the model", null]);
    }

    [Fact]
    public void Stopping_writes_a_checkpoint_and_the_metrics_up_to_it()
    {
        using var run = new TestRun(Options);
        StopsAfterOneStep(run, (_, _) => { });
        MetricsLog.Read(run.Folder.Metrics, FigureNames.Loss).Should().HaveCount(1);
    }

    [Fact]
    public void Work_that_was_given_up_for_a_stop_leaves_a_checkpoint_and_no_figures()
    {
        using var run = new TestRun(Options);
        StopsAfterOneStep(run, (started, optimization) =>
        {
            started.Record("rl/reward", 1);
            optimization.Next().Should().BeTrue();
            started.Record("rl/reward", 2);
        });
        MetricsLog.Read(run.Folder.Metrics, "rl/reward").Should().Equal((1, 1));
    }

    [Fact]
    public void The_newest_checkpoints_are_kept()
    {
        using var run = new TestRun(Options, recipe => recipe with { Checkpoints = new CheckpointOptions { Every = 3, Keep = 3 } });
        using var model = new TinyClassifier();
        run.Train(model);
        CheckpointsOf(run).Should().Equal("step-00000015", "step-00000018", "step-00000020");
    }

    [Fact]
    public void Validation_is_due_at_multiples_and_at_the_end_and_leaves_the_mode()
    {
        using var run = new TestRun(Options with { Steps = 12 });
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
        using var run = new TestRun(Options with { Ema = 0 });
        using var model = new TinyClassifier();
        double loss = run.Train(model).Summary!.ValidationLoss!.Value;
        model.eval();
        using Batch all = TinyBatches.Rows(0, 40);
        using Tensor expected = model.Loss(all);
        loss.Should().BeApproximately(expected.item<float>(), 1e-6);
    }

    [Fact]
    public void Several_steps_between_two_visits_are_saved_together()
    {
        using var run = new TestRun(Options with { Steps = 12 }, recipe => recipe with { Checkpoints = new CheckpointOptions { Every = 5, Keep = 9 } });
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

    [Fact]
    public void A_finished_run_that_is_resumed_only_writes_the_artifact()
    {
        using var run = new TestRun(Options);
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
    public void A_checkpoint_of_other_data_positions_is_refused()
    {
        using var run = new TestRun(Options);
        using (var model = new TinyClassifier())
            run.Train(model, stopAfter: 3);
        run.Recipe = run.Recipe with { Training = Options with { Accumulate = 3 } };
        using var again = new TinyClassifier();
        Action resume = () => run.Train(again);
        resume.Should().Throw<CheckpointException>().WithMessage("*training:accumulate 2, but the recipe has 3*");
    }

    [Fact]
    public void Steps_leave_no_live_tensors_behind()
    {
        using var run = new TestRun(Options with { Steps = 60 }, recipe => recipe with { Validation = new ValidationOptions { Every = 6 } });
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
            using var run = new TestRun(Options);
            run.Train(model);
        }).Should().Be(0);
    }

    [Fact]
    public void An_adapter_is_saved_and_the_frozen_model_is_not()
    {
        using var run = new TestRun(Options with { Ema = 0 }, recipe => recipe with { From = "/models/base", Checkpoints = new CheckpointOptions { Every = 9 } });
        float[] Trained(long? stopAfter)
        {
            using var model = new TinyClassifier();
            foreach (var parameter in model.parameters())
                parameter.requires_grad = false;
            using var adapter = new TinyAdapter();
            using var stop = new CancellationTokenSource();
            using var started = new TrainingRun(run.Parts(model, stop.Token));
            using IOptimization optimization = started.Optimize(new OptimizationSetup { Adapter = adapter, ValidationLoss = Loss });
            Tensor Loss(Batch batch) => adapter.Loss(model, batch);
            try
            {
                while (optimization.Next())
                {
                    optimization.Step(Loss);
                    if (optimization.CompletedSteps == stopAfter)
                        stop.Cancel();
                }
            }
            catch (OperationCanceledException) when (stopAfter is not null)
            {
            }

            return TinyClassifier.Values(adapter.Shift);
        }

        float[] half = Trained(stopAfter: 10);
        float[] whole = Trained(stopAfter: null);
        whole.Should().NotEqual(half);
        Directory.GetFiles(Checkpoint.Newest(run.Folder)!.Folder).Select(Path.GetFileName).Order()
            .Should().Equal("adapter.safetensors", "optimizer.safetensors", "trainer.json");
        File.Exists(run.Folder.File("model.safetensors")).Should().BeFalse();
        using var saved = Tenon.Safetensors.SafetensorsFile.Open(run.Folder.File("adapter_model.safetensors"));
        using Tensor shift = saved.Read("base_model.shift");
        TinyClassifier.Values(shift).Should().Equal(whole);
        File.ReadAllText(run.Folder.File("adapter_config.json")).Should().Contain("SHIFT");
    }

    [Fact]
    public void Two_optimizations_in_a_run_are_refused()
    {
        using var run = new TestRun(Options);
        using var model = new TinyClassifier();
        using var started = new TrainingRun(run.Parts(model));
        using IOptimization optimization = started.Optimize();
        Action again = () => started.Optimize();
        again.Should().Throw<InvalidOperationException>().WithMessage("Optimize was already called*");
    }

    [Fact]
    public void A_run_is_a_run_of_each_capability_of_its_model()
    {
        using var run = new TestRun(Options);
        using var model = new TinyClassifier();
        using var started = new TrainingRun(run.Parts(model));
        IRun all = started;
        all.As<TinyClassifier>().Model.Should().BeSameAs(model);
        all.As<IModel>().Model.Should().BeSameAs(model);
    }

    [Fact]
    public void Prompts_for_a_model_without_text_are_refused()
    {
        using var run = new TestRun(Options, recipe => recipe with { Samples = new SampleOptions { Prompts = ["Once"] } });
        using var model = new TinyClassifier();
        run.Invoking(given => new TrainingRun(given.Parts(model))).Should().Throw<ModelException>().WithMessage("*samples:prompts*does not generate text*");
    }

    private static byte[] Last(TestRun run, string file) => File.ReadAllBytes(Path.Combine(Checkpoint.Newest(run.Folder)!.Folder, file));

    private static IEnumerable<string?> CheckpointsOf(TestRun run) => Directory.GetDirectories(run.Folder.Checkpoints).Select(Path.GetFileName).Order();

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
        next.Should().Throw<OperationCanceledException>().WithMessage("Stopped after step 1 of 20*").Which.CancellationToken.Should().Be(stop.Token);
        Checkpoint.Newest(run.Folder)!.Trainer.Step.Should().Be(1);
    }
}
