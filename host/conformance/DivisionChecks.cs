using TorchSharp;
using static Tenon.Conformance.ArchitectureSubject;
using static TorchSharp.torch;

namespace Tenon.Conformance;

using ArchitectureCheck = Check<ArchitectureSubject>;

/// <summary>
/// Checks of architectures whose batches (<see cref="Batch.RowTargets"/>), rollouts or layers several processes can divide.
/// </summary>
public static class DivisionChecks
{
    /// <summary>Parts of a batch have the loss of the batch, also in training.</summary>
    public static ArchitectureCheck Rows { get; } = new("batches can be divided",
        "In training, the target-weighted mean loss of the parts of a batch with RowTargets equals the loss of the whole batch with the " +
        "same random numbers.", subject =>
    {
        using IModel model = subject.Build();
        if (model is IHasBatchStatistics)
            throw new NotApplicableException("The statistics of batch normalization depend on the whole batch.");
        model.Module.train();
        Verdict[] verdicts = [.. subject.Kinds(model).Select(kind => Check(model, kind, subject)).OfType<Verdict>()];
        return verdicts.Length > 0
            ? Compare.All(verdicts) : throw new NotApplicableException("The batches have no RowTargets, so that they cannot be divided.");
    });

    /// <summary>Rows that are sampled in parts are those of the whole rollout.</summary>
    public static ArchitectureCheck Rollouts { get; } = new("rollouts can be divided",
        "Rows that a policy samples in parts are those that it samples in one batch with the same random numbers.", subject =>
    {
        using DisposeScope scope = NewDisposeScope();
        using IModel model = subject.Build();
        IPolicy policy = As<IPolicy>(model);
        var options = new SamplingOptions { MaxNewTokens = 5 };
        ExampleKind kind = subject.Kinds(model).FirstOrDefault(k => k.Name == nameof(PromptExample)) ?? subject.Kinds(model)[0];
        using Batch whole = subject.Batch(model, kind);
        if (whole.RowTargets is not { Count: > 1 and var rows })
            throw new NotApplicableException("The batches have no RowTargets, so that they cannot be divided.");
        Tensor expected = Sampled(whole);
        List<Tensor> parts = [];
        foreach ((long first, long count) in new[] { (0L, 1L), (1L, rows - 1L) })
        {
            using Batch own = whole.Rows(first, count);
            using IDisposable part = BatchPart.Enter(BatchPart.Of(own, first, rows));
            parts.Add(Sampled(own));
        }

        return Compare.Near(cat(parts), expected, 1e-3, "The log-probabilities of rows sampled in parts and in one batch");

        // The sum of each row: [B].
        Tensor Sampled(Batch inputs)
        {
            using Rollout rollout = policy.Sample(inputs, options, new SeededRandom(5));
            return (rollout.LogProbabilities * rollout.Mask).sum(1L);
        }
    });

    /// <summary>Stages compute the loss of the whole model, also in training.</summary>
    public static ArchitectureCheck Layers { get; } = new("layers can be divided",
        "In training, two stages of a model with layers compute its loss and gradients with the same random numbers, and leave torch's " +
        "generator in the same state. The backward pass reports each layer when its gradients are complete.", subject =>
    {
        using DisposeScope scope = NewDisposeScope();
        using IModel model = subject.Build();
        IStaged staged = As<IStaged>(model);
        if (staged.Layers.Count < 2)
            throw new NotApplicableException($"The model has {staged.Layers.Count} layers.");
        model.Module.train();
        using Batch batch = subject.Batch(model, subject.Kinds(model)[0], training: true);
        Tensor expected;
        long drawn;
        List<(nn.Module Layer, float[] Gradients)> completed = [];
        using (LayerGradients.Watch(layer => completed.Add((layer, Numbers(layer)))))
        {
            expected = Seeded(() => model.Loss(batch), out drawn);
            expected.backward();
        }

        bool areComplete = completed.Select(report => report.Layer).SequenceEqual(staged.Layers.Reverse())
            && completed.All(report => report.Gradients.AsSpan().SequenceEqual(Numbers(report.Layer)));
        Tensor gradients = Gradients(model.Module);
        foreach (var parameter in model.Module.parameters())
            parameter.grad = null;
        Tensor first = Seeded(() => staged.Stage(batch, 0, 1, null), out long after);
        Tensor hidden = first.detach().requires_grad_();
        Tensor loss = Seeded(() => staged.Stage(batch, 1, staged.Layers.Count - 1, hidden), out long end);
        loss.backward();
        autograd.backward([first], [hidden.grad!]);
        return Compare.All(
            first.shape.SequenceEqual(staged.HiddenShape(batch)) ? Verdict.Passed
                : Verdict.Fail($"A stage returns [{string.Join(", ", first.shape)}], but HiddenShape is " +
                    $"[{string.Join(", ", staged.HiddenShape(batch))}]."),
            drawn == after && after == end ? Verdict.Passed
                : Verdict.Fail("Stages leave torch's generator in different states. Give each layer its own seed."),
            areComplete ? Verdict.Passed
                : Verdict.Fail("The backward pass does not report the layers, last first, with complete gradients (LayerGradients)."),
            Compare.Near(loss, expected, 1e-5, "The loss of two stages and of the whole model"),
            Compare.Near(Gradients(model.Module), gradients, 1e-5, "The gradients of two stages and of the whole model"));

        static Tensor Seeded(Func<Tensor> compute, out long next)
        {
            using (manual_seed(5))
            {
                Tensor result = compute();
                next = randint(long.MaxValue, [1], ScalarType.Int64).item<long>();
                return result;
            }
        }

        static float[] Numbers(nn.Module module) => Gradients(module).data<float>().ToArray();

        static Tensor Gradients(nn.Module module) => cat([.. module.parameters().Select(parameter => parameter.grad).OfType<Tensor>()
            .Select(gradient => gradient.clone().view(-1))]);
    });

    /// <summary>All checks of division.</summary>
    public static IReadOnlyList<ArchitectureCheck> All { get; } = [Rows, Rollouts, Layers];

    // Null if the batches cannot be divided.
    private static Verdict? Check(IModel model, ExampleKind kind, ArchitectureSubject subject)
    {
        using DisposeScope scope = NewDisposeScope();
        using Batch whole = subject.Batch(model, kind, training: true);
        if (whole.RowTargets is not { Count: > 1 } targets)
            return null;
        if (targets.Sum() != whole.Targets)
            return Verdict.Fail($"A batch of {kind.Name}s has {whole.Targets} targets, but its rows have {targets.Sum()}.");
        Tensor loss = ModelChecks.Loss(model, whole), parts = zeros_like(loss);
        // Unequal parts, because a process may have more targets than another.
        foreach ((long first, long count) in new[] { (0L, 1L), (1L, targets.Count - 1L) })
        {
            using Batch rows = whole.Rows(first, count);
            using IDisposable part = BatchPart.Enter(BatchPart.Of(rows, first, targets.Count));
            if (rows.Targets > 0)
                parts = parts + ModelChecks.Loss(model, rows) * rows.Targets;
        }

        return Compare.Near(parts / Math.Max(1, whole.Targets), loss, 1e-4, $"The loss of {kind.Name}s in parts and in one batch");
    }
}
