using System.Diagnostics;
using Tenon.Host.Planning;
using Tenon.Host.Planning.Simulation;

namespace Tenon.Host.Tests.Planning;

public sealed class StepSimulatorTests
{
    // Narayanan et al. 2021, section 2.2: m ideal passes and p − 1 more, or (p − 1)/v with v chunks.
    [Theory]
    [InlineData(1, 1, 8)]
    [InlineData(4, 1, 4)]
    [InlineData(4, 1, 16)]
    [InlineData(8, 1, 64)]
    [InlineData(4, 2, 8)]
    [InlineData(4, 3, 16)]
    [InlineData(8, 4, 32)]
    public void Pipelines_take_the_closed_form(int stages, int chunks, int microBatches)
    {
        const double Forward = 1, Backward = 2;

        SimulationResult result =
            StepSimulator.Run(new SimulatedStep(1, stages, chunks, microBatches, Forward / chunks, Backward / chunks));

        double ideal = microBatches * (Forward + Backward);
        double expected = ideal + (stages - 1) * (Forward + Backward) / chunks;
        result.Seconds.Should().BeApproximately(expected, 1e-9);
        result.Busy.Should().BeApproximately(ideal / expected, 1e-9);
    }

    [Fact]
    public void Fewer_micro_batches_than_stages_pass_one_after_the_other() =>
        StepSimulator.Run(new SimulatedStep(1, 8, 1, 1, 1, 2)).Seconds.Should().BeApproximately(8 * 3, 1e-9);

    [Fact]
    public void The_first_stages_start_in_the_order_of_one_forward_one_backward()
    {
        SimulationResult result = StepSimulator.Run(new SimulatedStep(1, 4, 1, 8, 1, 2));

        string order = string.Concat(
            result.Timeline.Where(entry => entry.Stage == 2).Select(entry => entry.Task!.Value.IsForward ? 'F' : 'B'));
        order.Should().Be("FFBFBFBFBFBFBFBB");
    }

    [Fact]
    public void Every_stage_passes_every_micro_batch_forward_and_backward_once()
    {
        SimulationResult result = StepSimulator.Run(new SimulatedStep(1, 4, 2, 8, 1, 2));

        result.Timeline.Should().HaveCount(4 * 2 * 8 * 2);
        result.Timeline.Select(entry => (entry.Stage, entry.Task)).Distinct().Should().HaveCount(4 * 2 * 8 * 2);
    }

    // Without overlap, all buckets follow the last backward pass; with it, only the last one does, if a sum takes less than a bucket's
    // backward pass, and otherwise all after the first bucket's.
    [Theory]
    [InlineData(false, 0.1, 4 * 3 + 8 * 0.1)]
    [InlineData(true, 0.1, 4 * 3 + 0.1)]
    [InlineData(true, 0.25, 4 * 3 + 0.25)]
    [InlineData(true, 0.5, 4 * 3 - 2 + 0.25 + 8 * 0.5)]
    public void Sums_of_gradients_take_the_closed_form(bool overlaps, double bucketSeconds, double expected)
    {
        var step = new SimulatedStep(2, 1, 1, 4, 1, 2) { Buckets = 8, BucketSeconds = bucketSeconds, Overlaps = overlaps };

        StepSimulator.Run(step).Seconds.Should().BeApproximately(expected, 1e-9);
    }

    [Fact]
    public void Messages_delay_the_pipeline_by_their_way_to_the_last_stage_and_back()
    {
        const double Transfer = 0.01;
        var step = new SimulatedStep(1, 4, 1, 1, 1, 2) { Transfer = Transfer, Latency = 0.002 };

        StepSimulator.Run(step).Seconds.Should().BeApproximately(4 * 3 + 2 * 3 * (Transfer + 0.002), 1e-9);
    }

    [Fact]
    public void Messages_of_one_worker_share_its_link()
    {
        // Two forward passes of 1 s whose results take 5 s each to send: the second arrives after both.
        var step = new SimulatedStep(1, 2, 1, 2, 1, 1) { Transfer = 5 };

        SimulationResult result = StepSimulator.Run(step);

        double[] starts = [.. result.Timeline.Where(entry => entry is { Stage: 1, Task.IsForward: true }).Select(entry => entry.Start)];
        starts.Should().Equal(6, 11);
    }

    [Fact]
    public void Ten_thousand_gpus_take_seconds()
    {
        // 10,000 GPUs in 125 replicas of 10 stages of 8: 1,250 workers.
        var watch = Stopwatch.StartNew();
        SimulationResult result = StepSimulator.Run(new SimulatedStep(125, 10, 1, 64, 1, 2) { Buckets = 10, BucketSeconds = 0.01 });

        result.Seconds.Should().BeApproximately((64 + 9) * 3 + 10 * 0.01, 1e-6);
        watch.Elapsed.Should().BeLessThan(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public void The_simulation_agrees_with_the_plans_formula()
    {
        Cluster a100 = ShippedClusters.Read("a100");
        TrainingModel model = TrainingModel.Gpt("GPT-3", 96, 12_288, 96);
        var layout = new Layout(4, 8, 8, 1) { Recomputation = Recomputation.Full };
        var plan = new ClusterPlanner(model, a100, 128, new ClusterRequest { Cluster = "a100", Gpus = 256, Units = 1e9 }).Plan();
        StepTime time = new StepModel(model, a100, "bf16", plan.Assumptions).Of(layout, 128);

        double simulated = LayoutSimulation.Run(plan, layout).Seconds;

        simulated.Should().BeApproximately(time.Total - time.Optimizer, 0.03 * time.Total);
    }
}
