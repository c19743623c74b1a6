namespace Tenon.Host.Planning.Simulation;

/// <summary>Simulates a step of a plan's layout with the times of its model of time.</summary>
internal static class LayoutSimulation
{
    /// <summary>Returns the step to simulate.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="layout">One of its layouts.</param>
    /// <param name="overlaps">Whether gradients are summed during the backward pass.</param>
    public static SimulatedStep StepOf(ClusterPlan plan, Layout layout, bool overlaps)
    {
        var steps = new StepModel(plan.Model, plan.Cluster, plan.Precision, plan.Assumptions);
        StepModel.StageTime stage = steps.Stage(layout);
        int passes = layout.Recomputation == Recomputation.Full ? 3 : 2;
        double tensor = stage.Tensor / passes;
        double sums = layout.Data == 1 ? 0 : steps.DataCommunication(layout);
        int buckets = plan.Model.Layers / layout.Pipeline / layout.Chunks;
        return new SimulatedStep(
            layout.Data, layout.Pipeline, layout.Chunks, layout.MicroBatches(plan.Batch),
            (stage.Forward + tensor) / layout.Chunks,
            (stage.Backward + stage.Repeated + (passes - 1) * tensor) / layout.Chunks)
        {
            Head = stage.Head,
            Transfer = stage.Pipeline / 2 / layout.Chunks,
            Buckets = buckets,
            BucketSeconds = sums / layout.Chunks / buckets,
            Overlaps = overlaps,
        };
    }

    /// <summary>Simulates a step of a layout.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="layout">One of its layouts.</param>
    /// <param name="overlaps">Whether gradients are summed during the backward pass.</param>
    public static SimulationResult Run(ClusterPlan plan, Layout layout, bool overlaps = false) =>
        StepSimulator.Run(StepOf(plan, layout, overlaps));
}
