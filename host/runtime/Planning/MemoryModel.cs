namespace Tenon.Host.Planning;

/// <summary>Memory of the accelerator that needs the most, by part, in bytes.</summary>
/// <param name="Weights">Weights.</param>
/// <param name="Gradients">Gradients.</param>
/// <param name="Optimizer">Optimizer state.</param>
/// <param name="Activations">Activations of all micro-batches in flight.</param>
public sealed record MemoryParts(double Weights, double Gradients, double Optimizer, double Activations)
{
    /// <summary>The sum of the parts.</summary>
    public double Total => Weights + Gradients + Optimizer + Activations;

    /// <summary>The largest part, in words.</summary>
    public string Largest => new[]
    {
        ("weights", Weights), ("gradients", Gradients), ("optimizer state", Optimizer), ("activations", Activations),
    }.MaxBy(part => part.Item2).Item1;
}

/// <summary>
/// Memory of a layout: state after Rajbhandari et al. (2020), activations after Korthikanti et al. (2022, table 2 and section 4.2).
/// </summary>
/// <param name="model">The model.</param>
internal sealed class MemoryModel(TrainingModel model)
{
    // Numbers of a layer's activations in bytes of h, of which 10 are outside of the products that tensor parallelism divides.
    private const double Undivided = 10;
    private const double Divided = 24;

    /// <summary>Returns the memory of the first stage, which keeps most micro-batches.</summary>
    /// <param name="layout">The layout.</param>
    /// <param name="batch">Examples of a step.</param>
    public MemoryParts Of(Layout layout, int batch)
    {
        (double weights, double gradients, double optimizer) = model.Sizes.PerRank(layout.Zero, layout.Data);
        double parameters = ParametersOf(layout);
        return new MemoryParts(parameters * weights, parameters * gradients, parameters * optimizer, Activations(layout, batch));
    }

    /// <summary>Parameters of the accelerator that has the most: a stage's layers, and the embeddings.</summary>
    /// <param name="layout">The layout.</param>
    public double ParametersOf(Layout layout) =>
        (model.LayerParameters / layout.Pipeline + (model.Parameters - model.LayerParameters)) / layout.Tensor;

    private double Activations(Layout layout, int batch)
    {
        double units = layout.MicroBatch * model.UnitsPerExample;
        double layer = units * model.ActivationBytes / model.Layers * Share(layout);
        double kept = layout.Recomputation == Recomputation.Full
            ? units * (model.RecomputedBytes ?? model.ActivationBytes) / model.Layers / (layout.SequenceParallel ? layout.Tensor : 1)
            : layer;
        double inFlight = Math.Min(layout.Pipeline, layout.MicroBatches(batch));
        if (layout.Chunks > 1)
            inFlight = layout.Pipeline * (1 + (layout.Pipeline - 1.0) / (layout.Pipeline * layout.Chunks));
        double layers = (double)model.Layers / layout.Pipeline;
        // A layer that is recomputed keeps everything while the backward pass processes it.
        double working = layout.Recomputation == Recomputation.Full ? layer : 0;
        return inFlight * layers * kept + working + Head(layout, units);
    }

    // The share of a layer's activations that each accelerator keeps.
    private double Share(Layout layout)
    {
        if (model.Stack is not { } stack)
            return 1;
        double scores = model.WritesScores ? 5 * stack.Heads * model.Positions / stack.HiddenSize : 0;
        double all = Undivided + Divided + scores;
        double t = layout.Tensor;
        double keptScores = layout.Recomputation == Recomputation.Selective ? 0 : scores;
        return (Undivided / (layout.SequenceParallel ? t : 1) + (Divided + keptScores) / t) / all;
    }

    // Logits in 32 bits with the input of the head (section 4.3); with several stages, the last stage keeps fewer micro-batches instead.
    private double Head(Layout layout, double units) => model.Stack is { } stack && layout.Pipeline == 1 && model.WritesScores
        ? 4 * units * stack.HiddenSize * (1 + model.OtherForwardFlop / 2 / (stack.HiddenSize * (double)stack.HiddenSize)) / layout.Tensor
        : 0;
}
