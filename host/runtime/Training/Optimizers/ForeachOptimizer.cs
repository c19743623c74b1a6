using TorchSharp;
using static TorchSharp.torch;

namespace Tenon.Host.Training.Optimizers;

/// <summary>
/// The common part of the optimizers: parameters by group, their state, gradients, norm and clipping. TorchSharp has neither fused
/// nor foreach operators; TorchScript can call them, which is ten times as fast as a loop over parameters.
/// </summary>
internal abstract class ForeachOptimizer : IOptimizer
{
    // The parser requires a line break at the end; a returned number would be a native scalar that must be disposed. The constant
    // 1e-6, and the factor in the gradients' precision, are those of torch.nn.utils.clip_grad_norm_.
    private const string Script = """
        def norm(grads: List[Tensor]) -> Tensor:
            return torch.linalg_vector_norm(torch.stack(torch._foreach_norm(grads, 2)), 2)

        def clip(grads: List[Tensor], total: Tensor, max_norm: float):
            torch._foreach_mul_(grads, torch.clamp(max_norm / (total + 1e-6), max=1.0))

        """;

    private readonly List<Section> sections = [];
    private readonly Dictionary<string, Tensor> state = new(StringComparer.Ordinal);

    /// <summary>Creates the state, initially zero.</summary>
    /// <param name="name">The optimizer's name, for messages.</param>
    /// <param name="groups">The trained parameters.</param>
    /// <param name="weightDecay">Decoupled decay of matrices, at least 0.</param>
    /// <param name="layout">The state of each parameter.</param>
    /// <param name="script">TorchScript of the update, in addition to norm and clipping.</param>
    /// <exception cref="ArgumentException">
    /// An option is out of range, a name is duplicated, or parameters differ in device or type.
    /// </exception>
    protected ForeachOptimizer(
        string name, IReadOnlyList<ParameterGroup> groups, double weightDecay, IReadOnlyList<StateTensor> layout, string script)
    {
        OptimizerChecks.WeightDecay(name, weightDecay);
        OptimizerChecks.Groups(name, groups);
        Kernels = jit.compile(Script + script);
        foreach (ParameterGroup group in groups)
        {
            foreach (IGrouping<bool, NamedParameter> half in group.Parameters.GroupBy(p => p.Value.dim() >= 2))
            {
                var section = new Section([.. half], half.Key, group.LearningRateMultiplier, half.Key ? weightDecay : 0, layout);
                sections.Add(section);
                foreach (Slot slot in section.Slots)
                {
                    foreach ((StateTensor what, Tensor tensor) in section.Layout.Zip(slot.State))
                        state.Add($"{slot.Parameter.Name}.{what.Name}", tensor);
                }
            }
        }
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, Tensor> State => state;

    /// <summary>The compiled script.</summary>
    protected jit.CompilationUnit Kernels { get; }

    /// <inheritdoc/>
    public void Step(double learningRate)
    {
        if (!double.IsFinite(learningRate) || learningRate < 0)
            throw new ArgumentOutOfRangeException(nameof(learningRate), learningRate,
                "The learning rate must be a finite number of at least " +
                "0. Check the schedule.");
        using var scope = NewDisposeScope();
        using var untracked = no_grad();
        foreach (Section section in sections)
        {
            (Slot[] slots, Tensor[] gradients) = section.WithGradients();
            if (slots.Length == 0) continue;
            // Scalars, not doubles: invoke would box a double into a native scalar that nothing keeps alive during the call.
            using Scalar rate = learningRate * section.LearningRateMultiplier;
            Tensor[] weights = Array.ConvertAll(slots, s => (Tensor)s.Parameter.Value);
            Tensor[][] states = [.. section.Layout.Select((_, i) => Array.ConvertAll(slots, s => s.State[i]))];
            Update(new Part(section.AreMatrices, weights, gradients, states, rate, section.WeightDecay));
        }
    }

    /// <inheritdoc/>
    public double ClipGradients(double maximumNorm)
    {
        if (!(maximumNorm > 0))
            throw new ArgumentOutOfRangeException(nameof(maximumNorm), maximumNorm, "The maximum gradient norm must be greater than 0. " +
                "Call GradientNorm to measure the norm without clipping.");
        return Norm(maximumNorm);
    }

    /// <inheritdoc/>
    public double GradientNorm() => Norm(double.PositiveInfinity);

    /// <inheritdoc/>
    public void ZeroGradients()
    {
        foreach (Slot slot in sections.SelectMany(s => s.Slots)) slot.Parameter.Value.grad = null;
    }

    /// <inheritdoc/>
    public void LoadState(IReadOnlyDictionary<string, Tensor> saved)
    {
        OptimizerChecks.State(state, saved);
        using var untracked = no_grad();
        foreach ((string name, Tensor tensor) in state) tensor.copy_(saved[name]);
    }

    /// <summary>Frees the state and the kernels; parameters and gradients are kept.</summary>
    public virtual void Dispose()
    {
        foreach (Tensor tensor in state.Values) tensor.Dispose();
        foreach (Section section in sections) section.WeightDecay.Dispose();
        Kernels.Dispose();
    }

    /// <summary>Updates one part in place, without gradients, in its own dispose scope.</summary>
    /// <param name="part">Parameters that have a gradient, with their state.</param>
    protected abstract void Update(Part part);

    private double Norm(double maximumNorm)
    {
        using var scope = NewDisposeScope();
        using var untracked = no_grad();
        Tensor[] gradients = [.. sections.SelectMany(s => s.WithGradients().Gradients)];
        if (gradients.Length == 0) return 0;
        Tensor total = Kernels.invoke<Tensor>("norm", [gradients]);
        double norm = total.to(ScalarType.Float64).item<double>();
        if (double.IsFinite(norm) && norm > maximumNorm)
        {
            using Scalar limit = maximumNorm;
            Kernels.invoke("clip", gradients, total, limit);
        }
        return norm;
    }

    /// <summary>The parameters that one kernel call updates: those of one group that all decay, or all do not.</summary>
    /// <param name="AreMatrices">Whether the parameters have two dimensions or more.</param>
    /// <param name="Weights">The parameters.</param>
    /// <param name="Gradients">Their gradients.</param>
    /// <param name="State">State tensors in the order of the layout, each for all parameters.</param>
    /// <param name="Rate">The learning rate.</param>
    /// <param name="WeightDecay">The decay.</param>
    protected sealed record Part(
        bool AreMatrices, Tensor[] Weights, Tensor[] Gradients, Tensor[][] State, Scalar Rate, Scalar WeightDecay);

    /// <summary>A parameter and its state.</summary>
    private sealed record Slot(NamedParameter Parameter, Tensor[] State);

    private sealed class Section
    {
        public Section(
            NamedParameter[] parameters, bool matrices, double multiplier, double weightDecay, IReadOnlyList<StateTensor> layout)
        {
            (AreMatrices, LearningRateMultiplier, WeightDecay) = (matrices, multiplier, weightDecay);
            Layout = [.. layout.Where(what => what.Applies(matrices))];
            Slots = Array.ConvertAll(parameters,
                p => new Slot(p, [.. Layout.Select(what => what.Zero(p.Value).DetachFromDisposeScope())]));
        }

        public bool AreMatrices { get; }

        public double LearningRateMultiplier { get; }

        public Scalar WeightDecay { get; }

        public StateTensor[] Layout { get; }

        public Slot[] Slots { get; }

        /// <summary>
        /// Returns the slots whose parameter has a gradient, with the gradients, which belong to the current dispose scope.
        /// </summary>
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
