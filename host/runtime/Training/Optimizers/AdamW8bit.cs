using TorchSharp;
using static TorchSharp.torch;

namespace Tenon.Host.Training.Optimizers;

/// <summary>
/// AdamW whose running means take 8 bits per number of a matrix (Dettmers et al. 2022, "8-bit Optimizers via Block-wise
/// Quantization", section 2). A step dequantizes a part of them, updates it by the formula of <see cref="FusedAdamW"/>, and
/// quantizes it again (<see cref="DynamicCode"/>), each block of 2048 relative to its largest number. A mean of squares above 0
/// never becomes 0, because the update would then be divided by epsilon alone. Vectors keep float32. State: of matrices,
/// <c>exp_avg</c> and <c>exp_avg_sq</c> as uint8, with the largest numbers of their blocks in <c>exp_avg_max</c> and
/// <c>exp_avg_sq_max</c>; of vectors, that of AdamW.
/// </summary>
internal sealed class AdamW8bit : ForeachOptimizer
{
    // A part of a matrix takes 2 MB per tensor in float32, so that about ten temporary tensors fit into a processor's caches.
    private const long BlocksOfPart = 1 << 8;

    // The fused kernel cannot update parts: TorchScript drops a call whose only effect is on the tensors of a new list. Type 3 is
    // int32, whose name a compiled script does not know.
    private const string Script = """
        def dequantize(codes: Tensor, maxima: Tensor, code: Tensor) -> Tensor:
            return code.index_select(0, codes.reshape([-1]).to(3)).reshape(codes.size()) * maxima.unsqueeze(1)

        def quantize(values: Tensor, codes: Tensor, maxima: Tensor, thresholds: Tensor, least: int):
            maxima.copy_(torch.amax(torch.abs(values), [1]))
            nearest = torch.bucketize(values / torch.clamp(maxima, min=1e-38).unsqueeze(1), thresholds, out_int32=True)
            if least > 0:
                nearest = torch.maximum(nearest, (values > 0).to(3) * least)
            codes.copy_(nearest)

        def blocks(weight: Tensor, grad: Tensor, exp_avg: Tensor, exp_avg_max: Tensor, exp_avg_sq: Tensor, exp_avg_sq_max: Tensor,
                   step: Tensor, code: Tensor, thresholds: Tensor, code_sq: Tensor, thresholds_sq: Tensor,
                   lr: float, beta1: float, beta2: float, weight_decay: float, eps: float):
            mean = dequantize(exp_avg, exp_avg_max, code)
            mean_sq = dequantize(exp_avg_sq, exp_avg_sq_max, code_sq)
            mean.mul_(beta1).add_(grad, alpha=1 - beta1)
            mean_sq.mul_(beta2).addcmul_(grad, grad, value=1 - beta2)
            root = torch.sqrt(mean_sq / (1 - torch.pow(beta2, step))).add_(eps)
            weight.mul_(1 - lr * weight_decay)
            weight.sub_(mean / (1 - torch.pow(beta1, step)) * lr / root)
            quantize(mean, exp_avg, exp_avg_max, thresholds, 0)
            quantize(mean_sq, exp_avg_sq, exp_avg_sq_max, thresholds_sq, 1)

        def matrices(weights: List[Tensor], grads: List[Tensor], exp_avgs: List[Tensor], exp_avg_maxs: List[Tensor],
                     exp_avg_sqs: List[Tensor], exp_avg_sq_maxs: List[Tensor], steps: List[Tensor],
                     code: Tensor, thresholds: Tensor, code_sq: Tensor, thresholds_sq: Tensor, size: int, part: int,
                     lr: float, beta1: float, beta2: float, weight_decay: float, eps: float):
            torch._foreach_add_(steps, 1)
            for i in range(len(weights)):
                weight = weights[i].reshape([-1])
                grad = grads[i].reshape([-1])
                first = exp_avgs[i].view([-1])
                second = exp_avg_sqs[i].view([-1])
                count = weight.numel() // size
                at = 0
                while at < exp_avg_maxs[i].numel():
                    rows = min(part, count - at) if at < count else 1
                    width = size if at < count else weight.numel() - count * size
                    begin, length = at * size, rows * width
                    blocks(weight.narrow(0, begin, length).view([rows, width]), grad.narrow(0, begin, length).view([rows, width]),
                           first.narrow(0, begin, length).view([rows, width]), exp_avg_maxs[i].narrow(0, at, rows),
                           second.narrow(0, begin, length).view([rows, width]), exp_avg_sq_maxs[i].narrow(0, at, rows),
                           steps[i], code, thresholds, code_sq, thresholds_sq, lr, beta1, beta2, weight_decay, eps)
                    at += rows
                if not weights[i].is_contiguous():
                    weights[i].copy_(weight.reshape(weights[i].size()))

        def vectors(weights: List[Tensor], grads: List[Tensor], exp_avgs: List[Tensor], exp_avg_sqs: List[Tensor], steps: List[Tensor],
                    lr: float, beta1: float, beta2: float, weight_decay: float, eps: float):
            torch._foreach_add_(steps, 1)
            unused: List[Tensor] = []
            torch._fused_adamw_(weights, grads, exp_avgs, exp_avg_sqs, unused, steps,
                                lr=lr, beta1=beta1, beta2=beta2, weight_decay=weight_decay, eps=eps, amsgrad=False, maximize=False)

        """;

    private readonly Scalar _beta1, _beta2, _epsilon, _size, _part;
    private readonly Tensor _code, _thresholds, _codeOfSquares, _thresholdsOfSquares;

    /// <summary>Creates an optimizer with zero state.</summary>
    /// <exception cref="ArgumentException">
    /// An option is out of range, a name is duplicated, or parameters differ in device or type.
    /// </exception>
    public AdamW8bit(IReadOnlyList<ParameterGroup> groups, AdamWOptions options)
        : base("AdamW", groups, options.WeightDecay, Layout, Script)
    {
        OptimizerChecks.Decay("AdamW", nameof(options.Beta1), options.Beta1);
        OptimizerChecks.Decay("AdamW", nameof(options.Beta2), options.Beta2);
        OptimizerChecks.Positive("AdamW", nameof(options.Epsilon), options.Epsilon);
        (_beta1, _beta2, _epsilon) = (options.Beta1, options.Beta2, options.Epsilon);
        (_size, _part) = (StateTensor.BlockSize, BlocksOfPart);
        Device device = groups.SelectMany(group => group.Parameters).First().Value.device;
        (_code, _thresholds) = (Numbers(DynamicCode.Signed), Numbers(DynamicCode.Thresholds(DynamicCode.Signed)));
        (_codeOfSquares, _thresholdsOfSquares) = (Numbers(DynamicCode.Unsigned), Numbers(DynamicCode.Thresholds(DynamicCode.Unsigned)));

        Tensor Numbers(IReadOnlyList<float> numbers)
        {
            float[] values = [.. numbers];
            return tensor(values, device: device).DetachFromDisposeScope();
        }
    }

    /// <summary>The state of a parameter.</summary>
    public static IReadOnlyList<StateTensor> Layout { get; } =
    [
        new("exp_avg", StateShape.CodesOfMatrix), new("exp_avg_max", StateShape.BlocksOfMatrix),
        new("exp_avg_sq", StateShape.CodesOfMatrix), new("exp_avg_sq_max", StateShape.BlocksOfMatrix),
        new("exp_avg", StateShape.SameOfVector), new("exp_avg_sq", StateShape.SameOfVector), new("step", StateShape.Counter),
    ];

    /// <inheritdoc/>
    public override void Dispose()
    {
        base.Dispose();
        foreach (Scalar number in new[] { _beta1, _beta2, _epsilon, _size, _part }) number.Dispose();
        foreach (Tensor code in new[] { _code, _thresholds, _codeOfSquares, _thresholdsOfSquares }) code.Dispose();
    }

    /// <inheritdoc/>
    protected override void Update(Part part)
    {
        if (part.AreMatrices)
        {
            Kernels.invoke("matrices",
                part.Weights, part.Gradients, part.State[0], part.State[1], part.State[2], part.State[3], part.State[4],
                _code, _thresholds, _codeOfSquares, _thresholdsOfSquares, _size, _part,
                part.Rate, _beta1, _beta2, part.WeightDecay, _epsilon);
        }
        else
        {
            Kernels.invoke("vectors", part.Weights, part.Gradients, part.State[0], part.State[1], part.State[2],
                part.Rate, _beta1, _beta2, part.WeightDecay, _epsilon);
        }
    }
}
