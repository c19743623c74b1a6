using Tenon.Host.Training.Parallel;
using TorchSharp;
using static TorchSharp.torch;

namespace Tenon.Benchmarks.Stages;

/// <summary>A replica, whose gradients are added to those of the others after the last backward pass.</summary>
/// <param name="all">The replicas.</param>
/// <param name="workload">The model and a micro-batch.</param>
/// <param name="steps">How often everything is measured.</param>
/// <param name="exchange">Adds up the gradients.</param>
internal sealed class ReplicaProcess(ICommunicator all, Workload workload, int steps, GradientExchange exchange)
    : StageProcess(all, workload, steps)
{
    /// <inheritdoc/>
    protected override void Step(IReadOnlyList<Batch> batches)
    {
        foreach (Batch batch in batches)
        {
            using DisposeScope scope = NewDisposeScope();
            Workload.Model.Loss(batch).backward();
        }

        exchange.Reduce(0);
    }

    /// <inheritdoc/>
    protected override Tensor Forward() => Workload.Model.Loss(Workload.Batch);

    /// <inheritdoc/>
    protected override (double Message, double Sum) Communication()
    {
        using (NewDisposeScope())
            Forward().backward();
        double sum = Median(() => exchange.Reduce(0));
        Workload.Model.Module.zero_grad(set_to_none: true);
        return (0, sum);
    }

    /// <inheritdoc/>
    protected override double Waiting() => 0;
}
