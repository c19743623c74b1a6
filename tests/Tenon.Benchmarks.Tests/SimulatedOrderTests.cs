using Tenon.Benchmarks.Stages;
using Tenon.Host.Planning.Simulation;
using Tenon.Host.Processes;

namespace Tenon.Benchmarks.Tests;

/// <summary>Four processes that share a model as stages do what the planner simulates, in its order.</summary>
public sealed class SimulatedOrderTests
{
    private const int Stages = 4, MicroBatches = 6;

    [SkippableFact]
    public void Stages_pass_micro_batches_in_the_simulated_order()
    {
        Skip.IfNot(OpenMpi.IsInstalled, $"Open MPI is not installed: there is no {OpenMpi.Launcher}.");

        StageJob job = StageJob.Run(Stages, isPipeline: true, "staged-32", steps: 2, MicroBatches);

        ILookup<int, PipelineTask?> simulated = job.Simulate(MicroBatches).Timeline.ToLookup(entry => entry.Stage, entry => entry.Task);
        IReadOnlyList<TimelineEntry>[] ran = [.. job.Ranks.Select(rank => rank.Steps[0].Tasks)];
        ran.Should().HaveCount(Stages);
        for (int stage = 0; stage < Stages; stage++)
            ran[stage].Select(entry => entry.Task).Should().Equal(simulated[stage], $"stage {stage}");
        foreach (TimelineEntry entry in ran.SelectMany(entries => entries))
        {
            // The stage before passes a micro-batch forward first, and the one after it passes it backward first.
            PipelineTask task = entry.Task!.Value;
            int source = entry.Stage + (task.IsForward ? -1 : 1);
            if (source is >= 0 and < Stages)
                ran[source].Single(other => other.Task == task).Start.Should().BeLessThan(entry.End);
        }
    }
}
