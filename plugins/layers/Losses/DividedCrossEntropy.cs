namespace Tenon.Layers;

/// <summary>
/// The cross-entropy of logits whose classes several processes divide (Shoeybi et al. 2019, section 3): they exchange three numbers for
/// each row, and never the logits.
/// </summary>
internal static class DividedCrossEntropy
{
    /// <summary>Computes the contribution of some rows to the loss, and the gradient of their logits.</summary>
    /// <param name="logits">[n, C of this process], any floating-point type. Not disposed.</param>
    /// <param name="labels">int64 [n], each in [0, C) or -100. Not disposed.</param>
    /// <param name="count">Number of all labels that count. Not disposed.</param>
    /// <param name="autocast">The type of the gradient.</param>
    /// <param name="wanted">Whether the gradient is needed.</param>
    /// <param name="part">The classes of this process.</param>
    /// <returns>
    /// The loss, the same in all processes, and (softmax − one-hot) / count in the classes of this process; in the current dispose scope.
    /// </returns>
    public static (Tensor Loss, Tensor? Gradient) Rows(
        Tensor logits, Tensor labels, Tensor count, Autocast autocast, bool wanted, VocabularyPart part)
    {
        Tensor wide = logits.to(torch.ScalarType.Float32);
        Tensor largest = wide.amax([1L]); // [n]
        part.Ranks.Reduce(largest, Reduction.Maximum);
        Tensor shifted = wide - largest.unsqueeze(1);
        (Tensor index, Tensor isOwn) = part.Own(labels);
        Tensor exponentials = shifted.exp();
        Tensor ofLabel = shifted.gather(1, index.unsqueeze(1)).squeeze(1) * isOwn;
        Tensor sums = torch.stack([exponentials.sum([1L]), ofLabel]); // [2, n]
        part.Ranks.Reduce(sums, Reduction.Sum);
        Tensor counts = labels.ne(BatchNames.Ignored).to(torch.ScalarType.Float32) / count; // [n]
        Tensor loss = ((sums[0].log() - sums[1]) * counts).sum();
        if (!wanted)
            return (loss, null);
        Tensor gradient = exponentials.div_(sums[0].unsqueeze(1));
        gradient.scatter_add_(1, index.unsqueeze(1), -isOwn.unsqueeze(1));
        return (loss, autocast.Cast(gradient.mul_(counts.unsqueeze(1))));
    }
}
