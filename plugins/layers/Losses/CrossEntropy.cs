using Tenon.Kernels;

namespace Tenon.Layers;

/// <summary>
/// The mean negative log-likelihood of labels, in float32, over all labels except <see cref="BatchNames.Ignored"/>; 0 if all are ignored.
/// </summary>
public static class CrossEntropy
{
    // Logits of one chunk: 128 MB on a CPU, 64 MB in bfloat16; 1 GB on a GPU, which needs large products.
    private const long CpuElements = 1L << 25;
    private const long GpuElements = 1L << 28;

    /// <summary>The loss of given logits.</summary>
    /// <param name="logits">[N, C], any floating-point type. Not disposed.</param>
    /// <param name="labels">int64 [N], each in [0, C) or -100. Not disposed.</param>
    /// <returns>A float32 scalar with graph, in the current dispose scope.</returns>
    public static Tensor Mean(Tensor logits, Tensor labels)
    {
        ArgumentNullException.ThrowIfNull(logits);
        ArgumentNullException.ThrowIfNull(labels);
        using DisposeScope scope = torch.NewDisposeScope();
        return (Sum(logits, labels) / Count(labels)).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The loss of a linear head, without storing the logits of all rows: rows are processed in chunks, and each chunk's gradient
    /// is computed together with its loss. Loss and gradients equal those of <see cref="Mean"/> over the head's logits.
    /// </summary>
    /// <param name="hidden">float32 [N, E]: the head's input. Not disposed.</param>
    /// <param name="weight">float32 [C, E]: the head's weight. Not disposed.</param>
    /// <param name="labels">int64 [N], each in [0, C) or -100. Not disposed.</param>
    /// <param name="autocast">The type in which the head's products run.</param>
    /// <param name="chunkRows">Rows in a chunk, or null for as many as keep a chunk's logits small. If all rows are in one chunk, torch
    /// computes everything.</param>
    /// <param name="bias">float32 [C], added to the logits; or null. Not disposed.</param>
    /// <param name="part">
    /// The classes of which <paramref name="weight"/> and <paramref name="bias"/> are, if several processes divide them; otherwise null.
    /// </param>
    /// <returns>A float32 scalar with graph, in the current dispose scope.</returns>
    public static Tensor OfLinear(
        Tensor hidden, Tensor weight, Tensor labels, Autocast autocast, long? chunkRows = null, Tensor? bias = null,
        VocabularyPart? part = null)
    {
        ArgumentNullException.ThrowIfNull(hidden);
        ArgumentNullException.ThrowIfNull(weight);
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(autocast);
        bool isCpu = hidden.device_type == DeviceType.CPU;
        // The same in all processes that divide the classes.
        long rows = chunkRows ?? RowsOfChunk(hidden, part?.Longest ?? weight.size(0));
        if (rows < 1)
            throw new ArgumentOutOfRangeException(nameof(chunkRows), rows, "A chunk has at least 1 row.");

        using DisposeScope scope = torch.NewDisposeScope();
        // On a CPU, the chunked computation is faster even for a single chunk.
        Tensor loss = part is null && hidden.size(0) <= rows && (chunkRows is not null || !isCpu)
            ? Mean(F.linear(autocast.Cast(hidden), autocast.Cast(weight), bias is null ? null : autocast.Cast(bias)), labels)
            : Chunked(
                part?.Ranks.Enter(hidden) ?? hidden, new TrainedLogitsHead(weight, bias, autocast), labels, autocast, rows, part);
        return loss.MoveToOuterDisposeScope();
    }

    /// <summary>Computes the loss as <see cref="OfLinear"/> does, for a frozen head, which gets no gradient itself.</summary>
    /// <param name="hidden">float32 [N, E]: the head's input. Not disposed.</param>
    /// <param name="weight">[C, E]: the head's weight. Not disposed.</param>
    /// <param name="labels">int64 [N], each in [0, C) or -100. Not disposed.</param>
    /// <param name="autocast">The type in which the head's products run.</param>
    /// <param name="bias">float32 [C], added to the logits; or null. Not disposed.</param>
    /// <returns>A float32 scalar with graph, in the current dispose scope.</returns>
    internal static Tensor OfFrozen(Tensor hidden, PackedWeight weight, Tensor labels, Autocast autocast, Tensor? bias = null)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return Chunked(hidden, new FrozenLogitsHead(weight, bias, autocast), labels, autocast, RowsOfChunk(hidden, weight.Outputs))
            .MoveToOuterDisposeScope();
    }

    private static long RowsOfChunk(Tensor hidden, long classes) =>
        Math.Max(1, (hidden.device_type == DeviceType.CPU ? CpuElements : GpuElements) / classes);

    // The loss is a number and its gradients are constants: loss + (g·x − detach(g·x)) has the value of the loss and the gradient
    // g, whatever the loss is multiplied by afterwards.
    private static Tensor Chunked(
        Tensor hidden, ILogitsHead head, Tensor labels, Autocast autocast, long rows, VocabularyPart? part = null)
    {
        bool wanted = torch.is_grad_enabled();
        bool wantsHidden = wanted && hidden.requires_grad;
        Tensor[] trained = wanted ? [.. head.Trained] : [];
        Tensor total;
        Tensor? hiddenGradient = null;
        Tensor[] gradients;
        using (torch.no_grad())
        {
            head.Prepare();
            Tensor count = Count(labels);
            total = torch.zeros([], torch.ScalarType.Float32, hidden.device);
            hiddenGradient = wantsHidden ? torch.empty_like(hidden) : null;
            gradients = [.. trained.Select(parameter => torch.zeros_like(parameter))];
            for (long start = 0; start < hidden.size(0); start += rows)
            {
                using DisposeScope chunk = torch.NewDisposeScope();
                long length = Math.Min(rows, hidden.size(0) - start);
                Tensor x = autocast.Cast(hidden.narrow(0, start, length)); // [n, E]
                Tensor y = labels.narrow(0, start, length);
                // [n, E] -> [n, C]
                bool wantsGradient = wantsHidden || trained.Length > 0;
                (Tensor loss, Tensor? gradient) = part is null
                    ? Rows(head.Logits(x), y, count, autocast, wantsGradient)
                    : DividedCrossEntropy.Rows(head.Logits(x), y, count, autocast, wantsGradient, part);
                total.add_(loss);
                if (gradient is null)
                    continue;
                hiddenGradient?.narrow(0, start, length).copy_(head.InputGradient(gradient));
                for (int index = 0; index < gradients.Length; index++)
                    gradients[index].add_(head.Gradient(trained[index], gradient, x));
            }
        }

        if (hiddenGradient is not null)
            total = WithGradient(total, hidden, hiddenGradient);
        for (int index = 0; index < gradients.Length; index++)
            total = WithGradient(total, trained[index], gradients[index]);
        return total;
    }

    // The contribution of some rows to the loss, and d loss / d logits = (softmax − one-hot) / count, 0 in rows without a label.
    // May change the logits.
    private static (Tensor Loss, Tensor? Gradient) Rows(Tensor logits, Tensor labels, Tensor count, Autocast autocast, bool wanted)
    {
        if (CrossEntropyKernel.Supports(logits))
        {
            double all = count.item<long>();
            double sum = CrossEntropyKernel.Sum(logits, labels, wanted ? (float)(1 / all) : null);
            return (torch.tensor((float)(sum / all)), wanted ? logits : null);
        }

        Tensor wide = logits.to(torch.ScalarType.Float32);
        Tensor loss = Sum(wide, labels) / count;
        if (!wanted)
            return (loss, null);
        Tensor index = labels.clamp(min: 0).unsqueeze(1);
        Tensor gradient = wide.softmax(-1);
        gradient.scatter_add_(1, index, torch.full_like(index, -1, torch.ScalarType.Float32));
        return (loss, autocast.Cast(gradient.mul_((labels.ne(BatchNames.Ignored) / count).unsqueeze(1))));
    }

    private static Tensor WithGradient(Tensor value, Tensor input, Tensor gradient)
    {
        Tensor product = input.reshape(-1).dot(gradient.reshape(-1));
        return value + (product - product.detach());
    }

    private static Tensor Sum(Tensor logits, Tensor labels)
    {
        Tensor wide = logits.dtype == torch.ScalarType.Float32 ? logits : logits.to(torch.ScalarType.Float32);
        return F.cross_entropy(wide, labels, ignore_index: BatchNames.Ignored, reduction: torch.nn.Reduction.Sum);
    }

    private static Tensor Count(Tensor labels) => labels.ne(BatchNames.Ignored).sum().clamp(min: 1);
}
