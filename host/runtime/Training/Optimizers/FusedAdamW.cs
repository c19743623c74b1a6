using TorchSharp;

namespace Tenon.Host.Training.Optimizers;

/// <summary>AdamW's constants. They have no defaults, because those of PyTorch, TorchSharp and the papers differ.</summary>
/// <param name="Beta1">Decay of the running mean of gradients, in [0, 1).</param>
/// <param name="Beta2">Decay of the running mean of squared gradients, in [0, 1).</param>
/// <param name="Epsilon">Added to the denominator; greater than 0.</param>
/// <param name="WeightDecay">Decoupled decay of matrices, at least 0; vectors and scalars never decay.</param>
internal sealed record AdamWOptions(double Beta1, double Beta2, double Epsilon, double WeightDecay);

/// <summary>
/// AdamW (Loshchilov and Hutter 2019, "Decoupled Weight Decay Regularization", algorithm 2) in one fused kernel for all
/// parameters. State: <c>exp_avg</c> and <c>exp_avg_sq</c> in the parameter's shape, and the number <c>step</c>.
/// </summary>
internal sealed class FusedAdamW : ForeachOptimizer
{
    private const string Script = """
        def step(weights: List[Tensor], grads: List[Tensor], exp_avgs: List[Tensor], exp_avg_sqs: List[Tensor], steps: List[Tensor],
                 lr: float, beta1: float, beta2: float, weight_decay: float, eps: float):
            torch._foreach_add_(steps, 1)
            unused: List[Tensor] = []
            torch._fused_adamw_(weights, grads, exp_avgs, exp_avg_sqs, unused, steps,
                                lr=lr, beta1=beta1, beta2=beta2, weight_decay=weight_decay, eps=eps, amsgrad=False, maximize=False)

        """;

    private readonly Scalar beta1, beta2, epsilon;

    /// <summary>Creates an optimizer with zero state.</summary>
    /// <exception cref="ArgumentException">
    /// An option is out of range, a name is duplicated, or parameters differ in device or type.
    /// </exception>
    public FusedAdamW(IReadOnlyList<ParameterGroup> groups, AdamWOptions options)
        : base("AdamW", groups, options.WeightDecay, Layout, Script)
    {
        OptimizerChecks.Decay("AdamW", nameof(options.Beta1), options.Beta1);
        OptimizerChecks.Decay("AdamW", nameof(options.Beta2), options.Beta2);
        OptimizerChecks.Positive("AdamW", nameof(options.Epsilon), options.Epsilon);
        beta1 = options.Beta1;
        beta2 = options.Beta2;
        epsilon = options.Epsilon;
    }

    /// <summary>
    /// The state of a parameter. Each parameter has its own step count, because a step skips parameters without a gradient.
    /// </summary>
    public static IReadOnlyList<StateTensor> Layout { get; } =
        [new("exp_avg", StateShape.Same), new("exp_avg_sq", StateShape.Same), new("step", StateShape.Counter)];

    /// <inheritdoc/>
    public override void Dispose()
    {
        base.Dispose();
        beta1.Dispose();
        beta2.Dispose();
        epsilon.Dispose();
    }

    /// <inheritdoc/>
    protected override void Update(Part part) => Kernels.invoke("step", part.Weights, part.Gradients, part.State[0], part.State[1],
        part.State[2], part.Rate, beta1, beta2, part.WeightDecay, epsilon);
}
