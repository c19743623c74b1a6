using TorchSharp;

namespace Tenon.Host.Training.Optimizers;

/// <summary>Adafactor's constants; the recipe's defaults are those of the paper.</summary>
/// <param name="DecayExponent">The mean of squared gradients decays with 1 − t^−exponent at step t, above 0 and up to 1.</param>
/// <param name="Epsilon">Added to squared gradients; greater than 0.</param>
/// <param name="UpdateClip">Maximum root mean square of an update before the learning rate is applied; greater than 0.</param>
/// <param name="ScaleByParameter">Whether the learning rate is multiplied by the parameter's root mean square, at least 1e-3.</param>
/// <param name="WeightDecay">Decoupled decay of matrices, at least 0.</param>
internal sealed record AdafactorOptions(
    double DecayExponent, double Epsilon, double UpdateClip, bool ScaleByParameter, double WeightDecay);

/// <summary>
/// Adafactor without momentum (Shazeer and Stern 2018, "Adafactor: Adaptive Learning Rates with Sublinear Memory Cost",
/// algorithms 4 and 5): it keeps only the row and column means of a matrix's squared gradients. A tensor of more than two
/// dimensions counts as a matrix of the first by all others. State: <c>row</c> and <c>column</c>, or <c>exp_avg_sq</c> for a
/// vector, and <c>step</c>.
/// </summary>
internal sealed class Adafactor : ForeachOptimizer
{
    // 1e-3 is the paper's ε₂.
    private const string Script = """
        def apply(weight: Tensor, update: Tensor, lr: float, weight_decay: float, update_clip: float, scaled: float):
            rms = torch.sqrt(torch.mean(torch.square(update)))
            size = torch.full_like(rms, lr)
            if scaled != 0:
                size = size * torch.clamp(torch.sqrt(torch.mean(torch.square(weight))), min=1e-3)
            weight.mul_(1 - lr * weight_decay)
            weight.sub_(update * (size / torch.clamp(rms / update_clip, min=1.0)))

        def matrices(weights: List[Tensor], grads: List[Tensor], rows: List[Tensor], columns: List[Tensor], steps: List[Tensor],
                     lr: float, weight_decay: float, exponent: float, eps: float, update_clip: float, scaled: float):
            torch._foreach_add_(steps, 1)
            for i in range(len(weights)):
                grad = grads[i].reshape([rows[i].size(0), columns[i].size(0)])
                square = torch.square(grad) + eps
                fresh = torch.pow(steps[i], -exponent)
                rows[i].lerp_(torch.mean(square, [1]), fresh)
                columns[i].lerp_(torch.mean(square, [0]), fresh)
                row = torch.rsqrt(rows[i] / torch.mean(rows[i]))
                update = grad * row.unsqueeze(1) * torch.rsqrt(columns[i]).unsqueeze(0)
                apply(weights[i], update.reshape(weights[i].size()), lr, weight_decay, update_clip, scaled)

        def vectors(weights: List[Tensor], grads: List[Tensor], exp_avg_sqs: List[Tensor], steps: List[Tensor],
                    lr: float, weight_decay: float, exponent: float, eps: float, update_clip: float, scaled: float):
            torch._foreach_add_(steps, 1)
            for i in range(len(weights)):
                exp_avg_sqs[i].lerp_(torch.square(grads[i]) + eps, torch.pow(steps[i], -exponent))
                apply(weights[i], grads[i] * torch.rsqrt(exp_avg_sqs[i]), lr, weight_decay, update_clip, scaled)

        """;

    private readonly Scalar exponent, epsilon, updateClip, scaled;

    /// <summary>Creates an optimizer with zero state.</summary>
    /// <exception cref="ArgumentException">
    /// An option is out of range, a name is duplicated, or parameters differ in device or type.
    /// </exception>
    public Adafactor(IReadOnlyList<ParameterGroup> groups, AdafactorOptions options)
        : base("Adafactor", groups, options.WeightDecay, Layout, Script)
    {
        OptimizerChecks.Positive("Adafactor", nameof(options.DecayExponent), options.DecayExponent);
        OptimizerChecks.Positive("Adafactor", nameof(options.Epsilon), options.Epsilon);
        OptimizerChecks.Positive("Adafactor", nameof(options.UpdateClip), options.UpdateClip);
        exponent = options.DecayExponent;
        epsilon = options.Epsilon;
        updateClip = options.UpdateClip;
        scaled = options.ScaleByParameter ? 1.0 : 0.0;
    }

    /// <summary>The state of a parameter.</summary>
    public static IReadOnlyList<StateTensor> Layout { get; } =
    [
        new("row", StateShape.RowsOfMatrix), new("column", StateShape.ColumnsOfMatrix), new("exp_avg_sq", StateShape.SameOfVector),
        new("step", StateShape.Counter),
    ];

    /// <inheritdoc/>
    public override void Dispose()
    {
        base.Dispose();
        exponent.Dispose();
        epsilon.Dispose();
        updateClip.Dispose();
        scaled.Dispose();
    }

    /// <inheritdoc/>
    protected override void Update(Part part)
    {
        if (part.AreMatrices)
        {
            Kernels.invoke("matrices", part.Weights, part.Gradients, part.State[0], part.State[1], part.State[2],
                part.Rate, part.WeightDecay, exponent, epsilon, updateClip, scaled);
        }
        else
        {
            Kernels.invoke("vectors", part.Weights, part.Gradients, part.State[0], part.State[1],
                part.Rate, part.WeightDecay, exponent, epsilon, updateClip, scaled);
        }
    }
}
