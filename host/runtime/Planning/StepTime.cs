namespace Tenon.Host.Planning;

/// <summary>The time of one training step by part, in seconds. The parts follow each other; nothing overlaps.</summary>
/// <param name="Compute">Forward and backward passes of the slowest stage.</param>
/// <param name="Recompute">Forward passes that are repeated.</param>
/// <param name="Bubble">Waiting of a stage for the others.</param>
/// <param name="TensorCommunication">Sums of tensor-parallel products.</param>
/// <param name="PipelineCommunication">Hidden states between stages.</param>
/// <param name="DataCommunication">Sums of gradients, and of weights with ZeRO.</param>
/// <param name="Optimizer">The update.</param>
public sealed record StepTime(
    double Compute, double Recompute, double Bubble, double TensorCommunication, double PipelineCommunication, double DataCommunication,
    double Optimizer)
{
    /// <summary>The whole step.</summary>
    public double Total => Compute + Recompute + Bubble + Communication + Optimizer;

    /// <summary>All communication.</summary>
    public double Communication => TensorCommunication + PipelineCommunication + DataCommunication;
}
