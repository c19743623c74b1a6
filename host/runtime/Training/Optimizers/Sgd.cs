using TorchSharp;

namespace Tenon.Host.Training.Optimizers;

/// <summary>
/// Gradient descent with momentum (Polyak 1964), or Nesterov momentum in the form of Sutskever et al. (2013); weight decay
/// is decoupled (Loshchilov and Hutter 2019, algorithm 1). State: <c>momentum_buffer</c>, or none without momentum.
/// </summary>
internal sealed class Sgd : ForeachOptimizer
{
    private const string Script = """
        def plain(weights: List[Tensor], grads: List[Tensor], lr: float, weight_decay: float):
            torch._foreach_mul_(weights, 1 - lr * weight_decay)
            torch._foreach_add_(weights, grads, alpha=-lr)

        def heavy(weights: List[Tensor], grads: List[Tensor], buffers: List[Tensor], lr: float, weight_decay: float, momentum: float):
            torch._foreach_mul_(buffers, momentum)
            torch._foreach_add_(buffers, grads, alpha=1)
            plain(weights, buffers, lr, weight_decay)

        def nesterov(weights: List[Tensor], grads: List[Tensor], buffers: List[Tensor], lr: float, weight_decay: float, momentum: float):
            torch._foreach_mul_(buffers, momentum)
            torch._foreach_add_(buffers, grads, alpha=1)
            plain(weights, torch._foreach_add(grads, buffers, alpha=momentum), lr, weight_decay)

        """;

    private readonly Scalar momentum;
    private readonly string? kernel;

    /// <summary>Creates an optimizer with zero state.</summary>
    /// <param name="groups">The trained parameters.</param>
    /// <param name="momentum">Share of the last update that the next one keeps, in [0, 1); 0 for plain gradient descent.</param>
    /// <param name="nesterov">Whether the gradient is evaluated after the momentum step.</param>
    /// <param name="weightDecay">Decoupled decay of matrices, at least 0.</param>
    /// <exception cref="ArgumentException">
    /// An option is out of range, a name is duplicated, or parameters differ in device or type.
    /// </exception>
    public Sgd(IReadOnlyList<ParameterGroup> groups, double momentum, bool nesterov, double weightDecay)
        : base("SGD", groups, weightDecay, Layout(momentum), Script)
    {
        OptimizerChecks.Decay("SGD", "momentum", momentum);
        this.momentum = momentum;
        kernel = momentum == 0 ? null : nesterov ? "nesterov" : "heavy";
    }

    /// <summary>Returns the state of a parameter.</summary>
    /// <param name="momentum">Without momentum (0), there is no state.</param>
    public static IReadOnlyList<StateTensor> Layout(double momentum) => momentum == 0 ? [] : [new("momentum_buffer", StateShape.Same)];

    /// <inheritdoc/>
    public override void Dispose()
    {
        base.Dispose();
        momentum.Dispose();
    }

    /// <inheritdoc/>
    protected override void Update(Part part)
    {
        if (kernel is null)
            Kernels.invoke("plain", part.Weights, part.Gradients, part.Rate, part.WeightDecay);
        else
            Kernels.invoke(kernel, part.Weights, part.Gradients, part.State[0], part.Rate, part.WeightDecay, momentum);
    }
}
