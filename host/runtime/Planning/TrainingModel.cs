using Tenon.Host.Runs;

namespace Tenon.Host.Planning;

/// <summary>Bytes of a parameter's numbers, and of the numbers that pass between accelerators.</summary>
/// <param name="Weights">The weight itself.</param>
/// <param name="Gradients">Its gradient.</param>
/// <param name="Optimizer">Its optimizer state, with a master copy of the weight if there is one.</param>
/// <param name="Operand">A number of an activation in a matrix product.</param>
/// <param name="Residual">A number of the hidden state between layers.</param>
public sealed record NumberSizes(double Weights, double Gradients, double Optimizer, double Operand, double Residual)
{
    /// <summary>
    /// Mixed-precision AdamW as papers count it (Rajbhandari et al. 2020, section 3.1): weights and gradients in 16 bits, a master
    /// copy and two moments in 32.
    /// </summary>
    public static NumberSizes Papers { get; } = new(2, 2, 12, 2, 2);

    /// <summary>
    /// The same in fp16 with Megatron-LM, whose optimizer also copies gradients to 32 bits: 20 bytes (its documentation of the
    /// distributed optimizer).
    /// </summary>
    public static NumberSizes Megatron { get; } = new(2, 2, 16, 2, 2);

    /// <summary>Bytes of a parameter with everything that training keeps of it.</summary>
    public double Sum => Weights + Gradients + Optimizer;

    /// <summary>Bytes of a parameter in a checkpoint that training resumes from: all but the gradient.</summary>
    public double Checkpoint => Weights + Optimizer;

    /// <summary>Bytes of a parameter on each of the ranks that share the state (Rajbhandari et al. 2020, figure 1).</summary>
    /// <param name="zero">ZeRO stage, 0 … 3.</param>
    /// <param name="ranks">Data-parallel ranks, N.</param>
    public (double Weights, double Gradients, double Optimizer) PerRank(int zero, int ranks) => (
        Weights / (zero >= 3 ? ranks : 1), Gradients / (zero >= 2 ? ranks : 1), Optimizer / (zero >= 1 ? ranks : 1));
}

/// <summary>The sizes of a model that determine how long training takes and how much memory it needs.</summary>
public sealed record TrainingModel
{
    /// <summary>Name of the model or recipe.</summary>
    public required string Name { get; init; }

    /// <summary>All parameters.</summary>
    public required double Parameters { get; init; }

    /// <summary>Parameters of the equal layers; the others are embeddings and heads.</summary>
    public required double LayerParameters { get; init; }

    /// <summary>The unit of computation: <c>token</c> or <c>image</c>.</summary>
    public required string Unit { get; init; }

    /// <summary>Units in an example: the length of a sequence, s.</summary>
    public required double UnitsPerExample { get; init; }

    /// <summary>The equal layers; null if the model has none, and only data parallelism is possible.</summary>
    public required EqualLayers? Stack { get; init; }

    /// <summary>Whether this program runs it with tensor parallelism (<see cref="IDividesLayers"/>).</summary>
    public bool DividesLayers { get; init; } = true;

    /// <summary>Whether this program runs it with sequence parallelism (<see cref="IDividesSequence"/>).</summary>
    public bool DividesSequence { get; init; } = true;

    /// <summary>Whether this program runs it as a pipeline (<see cref="IStaged"/>).</summary>
    public bool IsStaged { get; init; } = true;

    /// <summary>Operations of a forward pass per unit.</summary>
    public required double ForwardFlop { get; init; }

    /// <summary>Bytes per unit that all layers keep for the backward pass, on one accelerator.</summary>
    public required double ActivationBytes { get; init; }

    /// <summary>
    /// Bytes per unit that are kept if every layer is recomputed, without those of the layer that is being processed; null if the
    /// model does not support it.
    /// </summary>
    public required double? RecomputedBytes { get; init; }

    /// <summary>Whether the scores of attention are written to memory, as before fused attention (Dao et al. 2022).</summary>
    public bool WritesScores { get; init; }

    /// <summary>Bytes of the numbers.</summary>
    public required NumberSizes Sizes { get; init; }

    /// <summary>Operations of a forward pass per unit outside of the equal layers.</summary>
    public double OtherForwardFlop => ForwardFlop - LayerForwardFlop;

    /// <summary>Operations of a forward pass per unit in all layers.</summary>
    public double LayerForwardFlop => Stack?.ForwardFlop ?? ForwardFlop;

    /// <summary>Number of layers; a model that is not a stack is one layer.</summary>
    public int Layers => Stack?.Count ?? 1;

    /// <summary>Positions of the hidden state in an example, s.</summary>
    public double Positions => UnitsPerExample * (Stack?.PositionsPerUnit ?? 1);

    /// <summary>The model of a recipe's plan, as this program computes it.</summary>
    /// <param name="plan">The plan, for products of this size.</param>
    /// <param name="operandBytes">Bytes of a number in a matrix product: 2 with bf16 or fp16, otherwise 4.</param>
    /// <returns>The model; null if the architecture does not report its cost.</returns>
    public static TrainingModel? Of(RunPlan plan, int operandBytes)
    {
        ArgumentNullException.ThrowIfNull(plan);
        if (plan is not { Unit: { } unit, UnitsPerExample: { } units, MultiplyAddsPerUnit: { } multiplyAdds })
            return null;
        double perUnit = 1.0 / (units * Math.Max(1, plan.ExamplesPerStep / plan.Accumulated));
        double kept = (plan.KeptActivationBytes ?? 0) * perUnit;
        EqualLayers? stack = plan.Layers;
        return new TrainingModel
        {
            Name = plan.Name,
            Parameters = plan.Parameters,
            LayerParameters = stack is null ? plan.Parameters : plan.LayerParameters,
            Unit = unit,
            UnitsPerExample = units,
            Stack = stack,
            DividesLayers = plan.DividesLayers,
            DividesSequence = plan.DividesSequence,
            IsStaged = plan.IsStaged,
            ForwardFlop = 2 * multiplyAdds,
            ActivationBytes = kept,
            RecomputedBytes = plan.CheckpointedActivationBytes * perUnit - kept / Math.Max(1, stack?.Count ?? 1),
            Sizes = new NumberSizes(
                (double)plan.WeightBytes / plan.Parameters, (double)plan.GradientBytes / plan.Parameters,
                (double)plan.OptimizerBytes / plan.Parameters, operandBytes, sizeof(float)),
        };
    }

    /// <summary>
    /// A GPT as papers count it: parameters and operations of Narayanan et al. (2021, sections 5.1 and appendix), activations of
    /// Korthikanti et al. (2022, section 4).
    /// </summary>
    /// <param name="name">Name of the model.</param>
    /// <param name="layers">Layers, l.</param>
    /// <param name="hidden">Hidden size, h.</param>
    /// <param name="heads">Attention heads, a.</param>
    /// <param name="sequence">Length of a sequence, s.</param>
    /// <param name="vocabulary">Size of the vocabulary, V.</param>
    public static TrainingModel Gpt(string name, int layers, int hidden, int heads, int sequence = 2048, int vocabulary = 51_200)
    {
        double l = layers, h = hidden, s = sequence;
        double layer = 12 * h * h + 13 * h;
        var stack = new EqualLayers(layers, hidden, heads, l * (24 * h * h + 4 * s * h));
        return new TrainingModel
        {
            Name = name,
            Parameters = l * layer + (vocabulary + s) * h,
            LayerParameters = l * layer,
            Unit = "token",
            UnitsPerExample = s,
            Stack = stack,
            ForwardFlop = stack.ForwardFlop + 2 * h * vocabulary,
            ActivationBytes = l * h * (34 + 5 * heads * s / h),
            RecomputedBytes = 2 * h * l,
            WritesScores = true,
            Sizes = NumberSizes.Papers,
        };
    }

    /// <summary>This model with the numbers of mixed precision, and without the program's 32-bit hidden state.</summary>
    public TrainingModel AsPapersCount() => Stack is not { } stack ? this with { Sizes = NumberSizes.Papers } : this with
    {
        Sizes = NumberSizes.Papers,
        ActivationBytes = Positions / UnitsPerExample * stack.Count * stack.HiddenSize
            * (34 + (WritesScores ? 5 * stack.Heads * Positions / stack.HiddenSize : 0)),
        RecomputedBytes = Positions / UnitsPerExample * 2 * stack.HiddenSize * stack.Count,
    };
}
