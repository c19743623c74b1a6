using TorchSharp;
using static TorchSharp.torch;

namespace Tenon.Conformance;

using ArchitectureCheck = Check<ArchitectureSubject>;

/// <summary>Checks of architectures whose batches several processes can divide (<see cref="Batch.RowTargets"/>).</summary>
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

    /// <summary>All checks of division.</summary>
    public static IReadOnlyList<ArchitectureCheck> All { get; } = [Rows];

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
