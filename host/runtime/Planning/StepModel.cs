namespace Tenon.Host.Planning;

/// <summary>
/// The time of a training step: products at the rate that large products reach, everything else at the bandwidth of memory, and
/// communication after Narayanan et al. (2021, sections 2 and 3).
/// </summary>
/// <param name="model">The model.</param>
/// <param name="cluster">The cluster.</param>
/// <param name="precision">Precision of the products, one of the cluster's.</param>
/// <param name="assumptions">What is assumed beyond the cluster's file.</param>
internal sealed class StepModel(TrainingModel model, Cluster cluster, string precision, Assumptions assumptions)
{
    // Passes over memory for one number of the hidden state in a layer's forward pass, where tensor parallelism does not divide it: two
    // norms read and write it, two residual sums read two and write one.
    private const double UndividedPasses = 10;
    // And where it does: the activation function reads and writes four times the hidden size.
    private const double DividedPasses = 8;
    // Scores of attention that are written to memory: two products, softmax and dropout.
    private const double ScorePasses = 6.5;
    // Fused attention reads queries, keys and values, and writes its output.
    private const double FusedPasses = 4;
    private const int BackwardPerForward = 2;
    // The update reads gradient, weight, two moments, and writes the last three.
    private const double UpdatePasses = 7;

    private readonly MemoryModel _memory = new(model);
    private readonly Links _links = new(cluster, assumptions);
    private readonly ProductShapes? _shapes =
        model.Stack is { } stack ? new ProductShapes(stack.HiddenSize, cluster.Multiprocessors) : null;

    private readonly double _rate = cluster.Peaks[precision] * cluster.MatmulShare;
    private readonly double _bandwidth = cluster.MemoryBandwidth * assumptions.MemoryShare;

    /// <summary>Peak of one accelerator, in operations per second.</summary>
    public double Peak => cluster.Peaks[precision];

    /// <summary>Operations of a step that the model needs, without those that are repeated.</summary>
    /// <param name="batch">Examples of a step.</param>
    public double ModelFlop(int batch) => 3 * model.ForwardFlop * model.UnitsPerExample * batch;

    /// <summary>Operations of a step with those that are repeated: F of Narayanan et al. (2021) for full recomputation.</summary>
    /// <param name="layout">The layout.</param>
    /// <param name="batch">Examples of a step.</param>
    public double HardwareFlop(Layout layout, int batch) =>
        ModelFlop(batch) + RepeatedFlop(layout.Recomputation) * model.UnitsPerExample * batch;

    /// <summary>Returns the time of a step.</summary>
    /// <param name="layout">The layout.</param>
    /// <param name="batch">Examples of a step, a multiple of the layout's replicas and micro-batch.</param>
    public StepTime Of(Layout layout, int batch)
    {
        StageTime stage = Stage(layout);
        int count = layout.MicroBatches(batch);
        double bubble = (layout.Pipeline - 1.0) / layout.Chunks * (stage.Total - stage.Head);
        return new StepTime(
            count * (stage.Forward + stage.Backward + stage.Head), count * stage.Repeated, bubble, count * stage.Tensor,
            count * stage.Pipeline, DataCommunication(layout), Update(layout));
    }

    /// <summary>The time of a micro-batch on a stage by part, in seconds.</summary>
    /// <param name="Forward">Forward pass of the layers.</param>
    /// <param name="Backward">Their backward pass.</param>
    /// <param name="Repeated">Their forward pass that is repeated.</param>
    /// <param name="Head">Both passes of everything outside of the layers, on the last stage.</param>
    /// <param name="Tensor">Sums of tensor-parallel products in both passes.</param>
    /// <param name="Pipeline">Hidden states to and from the neighbors.</param>
    internal readonly record struct StageTime(double Forward, double Backward, double Repeated, double Head, double Tensor, double Pipeline)
    {
        public double Total => Forward + Backward + Repeated + Head + Tensor + Pipeline;
    }

    /// <summary>Returns the time of a micro-batch on the last stage, which also has the head.</summary>
    /// <param name="layout">The layout.</param>
    internal StageTime Stage(Layout layout)
    {
        double layers = (double)model.Layers / layout.Pipeline;
        double rows = layout.MicroBatch * model.Positions;
        double least = assumptions.LayerOperations * assumptions.LaunchTime;
        double forward = layers * Math.Max(least, Work(layout, Part.All, _shapes?.Forward(rows, layout.Tensor) ?? 1));
        double backward = BackwardPerForward * layers
            * Math.Max(least, Work(layout, Part.All, _shapes?.Backward(rows, layout.Tensor) ?? 1));
        double repeated = layout.Recomputation switch
        {
            Recomputation.Full => forward,
            Recomputation.Selective => layers * Work(layout, Part.Scores, 1),
            _ => 0,
        };
        double units = layout.MicroBatch * model.UnitsPerExample;
        double head = Products(3 * model.OtherForwardFlop * units / layout.Tensor);
        int passes = layout.Recomputation == Recomputation.Full ? 3 : 2;
        double tensor = layers * passes * 2 * _links.AllReduce(HiddenBytes(layout), layout.Tensor, stride: 1);
        double sent = layout.Pipeline == 1 ? 0
            : 2 * layout.Chunks * _links.Send(HiddenBytes(layout) / layout.Tensor, layout.Tensor * layout.Data, layout.Gpus);
        return new StageTime(forward, backward, repeated, head, tensor, sent);
    }

    /// <summary>Returns the seconds in which replicas sum their gradients, and with ZeRO exchange weights, once a step.</summary>
    /// <param name="layout">The layout.</param>
    internal double DataCommunication(Layout layout)
    {
        double parameters = _memory.ParametersOf(layout);
        // A reduce-scatter of gradients and an all-gather of weights move as much as an all-reduce; ZeRO-3 gathers the weights twice.
        double bytes = layout.Zero switch
        {
            0 => model.Sizes.Gradients,
            <= 2 => (model.Sizes.Gradients + model.Sizes.Weights) / 2,
            _ => (model.Sizes.Gradients + 2 * model.Sizes.Weights) / 2,
        };
        return model.Sizes.Gradients == 0 ? 0 : _links.AllReduce(parameters * bytes, layout.Data, layout.Tensor);
    }

    private double HiddenBytes(Layout layout) =>
        model.Sizes.Operand * layout.MicroBatch * model.Positions * (model.Stack?.HiddenSize ?? 0);

    private double Update(Layout layout)
    {
        double numbers = _memory.ParametersOf(layout) * (model.Sizes.Gradients > 0 ? 1 : 0);
        return UpdatePasses * sizeof(float) * numbers / (layout.Zero > 0 ? layout.Data : 1) / _bandwidth;
    }

    private enum Part { All, Scores }

    // Seconds of one layer's forward pass, or of its scores, if products reach a share of the rate of large ones.
    private double Work(Layout layout, Part part, double share)
    {
        double units = layout.MicroBatch * model.UnitsPerExample;
        double flop = model.LayerForwardFlop / model.Layers * units / layout.Tensor;
        double scoreFlop = ScoreFlop / model.Layers * units / layout.Tensor;
        double products = Products(part == Part.All ? flop : scoreFlop);
        if (assumptions.Efficiency is not null)
            return products;
        return products / share + Traffic(layout, part) / _bandwidth;
    }

    private double Products(double flop) => flop / (assumptions.Efficiency is { } share ? Peak * share : _rate);

    private double Traffic(Layout layout, Part part)
    {
        double examples = layout.MicroBatch;
        if (model.Stack is not { } stack)
            return 2 * model.ActivationBytes * examples * model.UnitsPerExample;
        double numbers = examples * model.Positions * stack.HiddenSize;
        double scores = model.WritesScores
            ? ScorePasses * model.Sizes.Operand * examples * stack.Heads * model.Positions * model.Positions
            : FusedPasses * model.Sizes.Operand * numbers;
        if (part == Part.Scores)
            return scores / layout.Tensor;
        double undivided = UndividedPasses * model.Sizes.Residual * numbers / (layout.SequenceParallel ? layout.Tensor : 1);
        return undivided + (DividedPasses * model.Sizes.Operand * numbers + scores) / layout.Tensor;
    }

    // Products of queries with keys, and of weights with values: everything but the weights of the layers.
    private double ScoreFlop => model.Stack is { } stack
        ? Math.Max(0, stack.ForwardFlop - 2 * stack.PositionsPerUnit * model.LayerParameters) : 0;

    private double RepeatedFlop(Recomputation recomputation) => recomputation switch
    {
        Recomputation.Full => model.LayerForwardFlop,
        Recomputation.Selective => ScoreFlop,
        _ => 0,
    };
}
