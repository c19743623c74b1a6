using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Tenon.Host.Training;

/// <summary>A trainable parameter under its name in the model's state dictionary.</summary>
internal sealed record NamedParameter(string Name, Parameter Value);

/// <summary>Parameters that share a factor on the learning rate.</summary>
/// <param name="Parameters">The parameters, in a fixed order. A name stands in one group only.</param>
/// <param name="LearningRateMultiplier">The factor, 0 or more; 1 leaves the rate of <see cref="FusedAdamW.Step"/> as it is.</param>
internal sealed record ParameterGroup(IReadOnlyList<NamedParameter> Parameters, double LearningRateMultiplier);

/// <summary>AdamW's constants. None has a default: those of PyTorch, TorchSharp and the papers differ.</summary>
/// <param name="Beta1">Decay of the running mean of gradients, in [0, 1).</param>
/// <param name="Beta2">Decay of the running mean of squared gradients, in [0, 1).</param>
/// <param name="Epsilon">Added to the denominator, more than 0.</param>
/// <param name="WeightDecay">Decoupled decay of matrices, 0 or more; vectors and scalars never decay.</param>
internal sealed record AdamWOptions(double Beta1, double Beta2, double Epsilon, double WeightDecay);

/// <summary>
/// AdamW (Loshchilov and Hutter, "Decoupled Weight Decay Regularization", algorithm 2) in one fused kernel for all parameters.
/// Weights and embeddings (two dimensions or more) decay; biases and norms do not.
/// TorchSharp has no fused or foreach operators: TorchScript reaches them, ten times as fast as a loop over parameters.
/// </summary>
/// <remarks>
/// Owns its state and the native kernels, borrows the parameters. Not thread-safe: one training thread.
/// <c>Module.to</c> may replace parameters: move the model first, then make the optimizer.
/// </remarks>
internal sealed class FusedAdamW : IDisposable
{
    // The parser wants a line break at the end; a number returned would be a native scalar to dispose.
    // 1e-6, and the factor in the gradients' own precision, are torch.nn.utils.clip_grad_norm_'s.
    private const string Script = """
        def step(weights: List[Tensor], grads: List[Tensor], exp_avgs: List[Tensor], exp_avg_sqs: List[Tensor], steps: List[Tensor],
                 lr: float, beta1: float, beta2: float, weight_decay: float, eps: float):
            torch._foreach_add_(steps, 1)
            unused: List[Tensor] = []
            torch._fused_adamw_(weights, grads, exp_avgs, exp_avg_sqs, unused, steps,
                                lr=lr, beta1=beta1, beta2=beta2, weight_decay=weight_decay, eps=eps, amsgrad=False, maximize=False)

        def norm(grads: List[Tensor]) -> Tensor:
            return torch.linalg_vector_norm(torch.stack(torch._foreach_norm(grads, 2)), 2)

        def clip(grads: List[Tensor], total: Tensor, max_norm: float):
            torch._foreach_mul_(grads, torch.clamp(max_norm / (total + 1e-6), max=1.0))

        """;

    private readonly jit.CompilationUnit kernels;
    private readonly List<Section> sections = [];
    private readonly Dictionary<string, Tensor> state = new(StringComparer.Ordinal);
    private readonly Scalar beta1, beta2, epsilon;

    /// <summary>Makes an optimizer whose state is zero.</summary>
    /// <exception cref="ArgumentException">An option is out of range, a name stands twice, or parameters differ in device or type.</exception>
    public FusedAdamW(IReadOnlyList<ParameterGroup> groups, AdamWOptions options)
    {
        AdamWChecks.Options(options);
        AdamWChecks.Groups(groups);
        kernels = jit.compile(Script);
        beta1 = options.Beta1;
        beta2 = options.Beta2;
        epsilon = options.Epsilon;
        foreach (ParameterGroup group in groups)
        {
            foreach (IGrouping<bool, NamedParameter> half in group.Parameters.GroupBy(p => p.Value.dim() >= 2))
            {
                var section = new Section([.. half], group.LearningRateMultiplier, half.Key ? options.WeightDecay : 0);
                sections.Add(section);
                foreach (Slot slot in section.Slots)
                {
                    state.Add($"{slot.Parameter.Name}.exp_avg", slot.Mean);
                    state.Add($"{slot.Parameter.Name}.exp_avg_sq", slot.MeanSquare);
                    state.Add($"{slot.Parameter.Name}.step", slot.Steps);
                }
            }
        }
    }

    /// <summary>
    /// The state by name: <c>{parameter}.exp_avg</c> and <c>{parameter}.exp_avg_sq</c> in the parameter's shape, <c>{parameter}.step</c> a
    /// scalar. The tensors are the live ones and stay the optimizer's: copy what must outlast the next step.
    /// </summary>
    public IReadOnlyDictionary<string, Tensor> State => state;

    /// <summary>Updates every parameter that has a gradient; the others, and their state, stay as they are.</summary>
    /// <param name="learningRate">The rate of this step, before a group's multiplier.</param>
    public void Step(double learningRate)
    {
        if (!double.IsFinite(learningRate) || learningRate < 0)
            throw new ArgumentOutOfRangeException(nameof(learningRate), learningRate, "The learning rate must be a finite number, 0 or " +
                "more. Check the schedule.");
        using var scope = NewDisposeScope();
        using var untracked = no_grad();
        foreach (Section section in sections)
        {
            (Slot[] slots, Tensor[] gradients) = section.WithGradients();
            if (slots.Length == 0) continue;
            // Scalars, not doubles: invoke would box a double into a native scalar that nothing keeps alive during the call.
            using Scalar rate = learningRate * section.LearningRateMultiplier;
            kernels.invoke("step", Weights(slots), gradients, Means(slots), MeanSquares(slots), Steps(slots),
                rate, beta1, beta2, section.WeightDecay, epsilon);
        }
    }

    /// <summary>
    /// Scales all gradients together so that their 2-norm is at most <paramref name="maximumNorm"/>, as torch.nn.utils.clip_grad_norm_ does.
    /// </summary>
    /// <returns>The norm before clipping; 0 without gradients. If it is not finite, the gradients are as they were: skip the step.</returns>
    public double ClipGradients(double maximumNorm)
    {
        if (!(maximumNorm > 0))
            throw new ArgumentOutOfRangeException(nameof(maximumNorm), maximumNorm, "The largest gradient norm must be more than 0. " +
                "Call GradientNorm to measure without clipping.");
        return Norm(maximumNorm);
    }

    /// <summary>The 2-norm of all gradients together; 0 without gradients. Not finite if a gradient is not.</summary>
    public double GradientNorm() => Norm(double.PositiveInfinity);

    /// <summary>Drops all gradients. Null, not zero: the next backward pass then writes instead of reading and adding.</summary>
    public void ZeroGradients()
    {
        foreach (Slot slot in sections.SelectMany(s => s.Slots)) slot.Parameter.Value.grad = null;
    }

    /// <summary>Copies a saved <see cref="State"/> into this optimizer, bit for bit.</summary>
    /// <exception cref="ArgumentException">A name is missing or unknown, or a shape or type differs; nothing was changed.</exception>
    public void LoadState(IReadOnlyDictionary<string, Tensor> saved)
    {
        AdamWChecks.State(state, saved);
        using var untracked = no_grad();
        foreach ((string name, Tensor tensor) in state) tensor.copy_(saved[name]);
    }

    /// <summary>Frees the state and the kernels; parameters and gradients stay.</summary>
    public void Dispose()
    {
        foreach (Tensor tensor in state.Values) tensor.Dispose();
        foreach (Section section in sections) section.WeightDecay.Dispose();
        beta1.Dispose();
        beta2.Dispose();
        epsilon.Dispose();
        kernels.Dispose();
    }

    private double Norm(double maximumNorm)
    {
        using var scope = NewDisposeScope();
        using var untracked = no_grad();
        Tensor[] gradients = [.. sections.SelectMany(s => s.WithGradients().Gradients)];
        if (gradients.Length == 0) return 0;
        Tensor total = kernels.invoke<Tensor>("norm", [gradients]);
        double norm = total.to(ScalarType.Float64).item<double>();
        if (double.IsFinite(norm) && norm > maximumNorm)
        {
            using Scalar limit = maximumNorm;
            kernels.invoke("clip", gradients, total, limit);
        }
        return norm;
    }

    private static Tensor[] Weights(Slot[] slots) => Array.ConvertAll(slots, s => (Tensor)s.Parameter.Value);

    private static Tensor[] Means(Slot[] slots) => Array.ConvertAll(slots, s => s.Mean);

    private static Tensor[] MeanSquares(Slot[] slots) => Array.ConvertAll(slots, s => s.MeanSquare);

    private static Tensor[] Steps(Slot[] slots) => Array.ConvertAll(slots, s => s.Steps);

    /// <summary>A parameter and its state. Each counts its own steps, since a step passes over parameters without gradient.</summary>
    private sealed record Slot(NamedParameter Parameter, Tensor Mean, Tensor MeanSquare, Tensor Steps);

    /// <summary>What one kernel call updates: parameters of one group that all decay, or all do not.</summary>
    private sealed class Section(NamedParameter[] parameters, double learningRateMultiplier, double weightDecay)
    {
        public Slot[] Slots { get; } = Array.ConvertAll(parameters, p => new Slot(p,
            zeros_like(p.Value, requires_grad: false).DetachFromDisposeScope(),
            zeros_like(p.Value, requires_grad: false).DetachFromDisposeScope(),
            zeros([], ScalarType.Float32, p.Value.device).DetachFromDisposeScope()));

        public double LearningRateMultiplier => learningRateMultiplier;

        public Scalar WeightDecay { get; } = weightDecay;

        /// <summary>The slots that have a gradient, and the gradients; these belong to the current dispose scope.</summary>
        public (Slot[] Slots, Tensor[] Gradients) WithGradients()
        {
            var slots = new List<Slot>(Slots.Length);
            var gradients = new List<Tensor>(Slots.Length);
            foreach (Slot slot in Slots)
            {
                if (slot.Parameter.Value.grad is not { } gradient) continue;
                slots.Add(slot);
                gradients.Add(gradient);
            }
            return ([.. slots], [.. gradients]);
        }
    }
}
