using TorchSharp;

namespace Tenon.Host.Training.Optimizers;

/// <summary>
/// Lion (Chen et al. 2023, "Symbolic Discovery of Optimization Algorithms", algorithm 2): the sign of an interpolation
/// between the gradient and its running mean. It needs a learning rate three to ten times lower than AdamW's, and a weight decay
/// higher by the same factor. State: <c>exp_avg</c>.
/// </summary>
internal sealed class Lion : ForeachOptimizer
{
    private const string Script = """
        def step(weights: List[Tensor], grads: List[Tensor], exp_avgs: List[Tensor],
                 lr: float, weight_decay: float, beta1: float, beta2: float):
            update = torch._foreach_mul(exp_avgs, beta1)
            torch._foreach_add_(update, grads, alpha=1 - beta1)
            torch._foreach_sign_(update)
            torch._foreach_mul_(weights, 1 - lr * weight_decay)
            torch._foreach_add_(weights, update, alpha=-lr)
            torch._foreach_mul_(exp_avgs, beta2)
            torch._foreach_add_(exp_avgs, grads, alpha=1 - beta2)

        """;

    private readonly Scalar beta1, beta2;

    /// <summary>Creates an optimizer with zero state.</summary>
    /// <param name="groups">The trained parameters.</param>
    /// <param name="beta1">Share of the running mean in the update, in [0, 1).</param>
    /// <param name="beta2">Decay of the running mean, in [0, 1).</param>
    /// <param name="weightDecay">Decoupled decay of matrices, at least 0.</param>
    /// <exception cref="ArgumentException">
    /// An option is out of range, a name is duplicated, or parameters differ in device or type.
    /// </exception>
    public Lion(IReadOnlyList<ParameterGroup> groups, double beta1, double beta2, double weightDecay)
        : base("Lion", groups, weightDecay, Layout, Script)
    {
        OptimizerChecks.Decay("Lion", "Beta1", beta1);
        OptimizerChecks.Decay("Lion", "Beta2", beta2);
        this.beta1 = beta1;
        this.beta2 = beta2;
    }

    /// <summary>The state of a parameter.</summary>
    public static IReadOnlyList<StateTensor> Layout { get; } = [new("exp_avg", StateShape.Same)];

    /// <inheritdoc/>
    public override void Dispose()
    {
        base.Dispose();
        beta1.Dispose();
        beta2.Dispose();
    }

    /// <inheritdoc/>
    protected override void Update(Part part) =>
        Kernels.invoke("step", part.Weights, part.Gradients, part.State[0], part.Rate, part.WeightDecay, beta1, beta2);
}
