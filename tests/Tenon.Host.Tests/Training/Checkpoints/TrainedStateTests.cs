using Tenon.Host.Recipes;
using Tenon.Host.Training;
using Tenon.Host.Training.Checkpoints;
using Tenon.Safetensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Tenon.Host.Tests.Training.Checkpoints;

/// <summary>What training changes is in the checkpoint and in the artifact, and nothing else.</summary>
[Collection("torch")]
public sealed class TrainedStateTests
{
    [Fact]
    public void Running_statistics_are_averaged_saved_and_checkpointed()
    {
        using DisposeScope scope = NewDisposeScope();
        using var run = new TestRun(TestRun.Options);
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
        artifact.Read("norm.num_batches_tracked").item<long>().Should().Be(TestRun.Options.Steps * TestRun.Options.Accumulate);
    }

    [Fact]
    public void An_auxiliary_module_is_trained_and_resumed_and_no_part_of_the_artifact()
    {
        static TinyClassifier Auxiliary() => new(seed: 11);
        // The auxiliary's output is added to the model's, so that both learn from one loss.
        static void Train(TestRun run, TinyClassifier auxiliary, long? stopAfter)
        {
            using var model = new TinyClassifier();
            run.Train(model, stopAfter, new OptimizationSetup { AuxiliaryModule = auxiliary },
                batch => model.Loss(batch) + auxiliary.Loss(batch));
        }

        using var whole = new TestRun(TestRun.Options);
        using TinyClassifier uninterrupted = Auxiliary();
        Train(whole, uninterrupted, null);
        using var parted = new TestRun(TestRun.Options);
        using (TinyClassifier first = Auxiliary())
            Train(parted, first, 7);
        using TinyClassifier second = Auxiliary();
        Train(parted, second, null);

        using TinyClassifier untrained = Auxiliary();
        second.Values().Should().Equal(uninterrupted.Values()).And.NotEqual(untrained.Values());
        foreach (string file in new[] { "parameters.safetensors", "optimizer.safetensors" })
            parted.ReadNewest(file).Should().Equal(whole.ReadNewest(file), file);
        using SafetensorsFile beside =
            SafetensorsFile.Open(Path.Combine(Checkpoint.Newest(whole.Folder)!.Folder, "parameters.safetensors"));
        beside.Tensors.Keys.Should().OnlyContain(name => name.StartsWith("auxiliary."));
        using SafetensorsFile artifact = SafetensorsFile.Open(whole.Folder.File("model.safetensors"));
        artifact.Tensors.Keys.Should().NotContain(name => name.Contains("auxiliary"));
    }

    [Fact]
    public void An_adapter_is_saved_and_the_frozen_model_is_not()
    {
        using var run = new TestRun(TestRun.Options with { Ema = 0 },
            recipe => recipe with { From = "/models/base", Checkpoints = new CheckpointOptions { Every = 9 } });
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
            .Should().Equal("adapter.safetensors", "adapter_config.json", "adapter_model.safetensors", "optimizer.safetensors",
                "trainer.json");
        File.Exists(run.Folder.File("model.safetensors")).Should().BeFalse();
        using var saved = Tenon.Safetensors.SafetensorsFile.Open(run.Folder.File("adapter_model.safetensors"));
        using Tensor shift = saved.Read("base_model.shift");
        TinyClassifier.Values(shift).Should().Equal(whole);
        File.ReadAllText(run.Folder.File("adapter_config.json")).Should().Contain("SHIFT");
    }
}
