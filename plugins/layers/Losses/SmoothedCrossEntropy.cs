namespace Tenon.Layers;

/// <summary>
/// Cross-entropy with label smoothing (Szegedy et al. 2016, section 7; Vaswani et al. 2017, section 5.4): a share of each target is spread
/// evenly over all classes. With logits z, a label y and a share ε, the loss is that of <see cref="CrossEntropy"/> + ε · (z_y − mean of z).
/// </summary>
public static class SmoothedCrossEntropy
{
    /// <summary>The loss of given logits.</summary>
    /// <param name="logits">[N, C], any floating-point type. Not disposed.</param>
    /// <param name="labels">int64 [N], each in [0, C) or -100. Not disposed.</param>
    /// <param name="share">The share that is spread, ε: 0 … 1.</param>
    /// <returns>A float32 scalar with graph, in the current dispose scope.</returns>
    public static Tensor Mean(Tensor logits, Tensor labels, double share)
    {
        ArgumentNullException.ThrowIfNull(logits);
        ArgumentNullException.ThrowIfNull(labels);
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor loss = CrossEntropy.Mean(logits, labels);
        if (share > 0)
        {
            Tensor wide = logits.to(torch.ScalarType.Float32);
            Tensor ofLabels = wide.gather(1, Index(labels).unsqueeze(1)).squeeze(1); // [N, C] -> [N]
            loss = loss + share * Average(ofLabels - wide.mean([1]), labels);
        }

        return loss.MoveToOuterDisposeScope();
    }

    /// <summary>The loss of a linear head, without storing the logits of all rows (<see cref="CrossEntropy.OfLinear"/>).</summary>
    /// <param name="hidden">float32 [N, E]: the head's input. Not disposed.</param>
    /// <param name="weight">float32 [C, E]: the head's weight. Not disposed.</param>
    /// <param name="labels">int64 [N], each in [0, C) or -100. Not disposed.</param>
    /// <param name="autocast">The type in which the head's products run. Smoothing is computed in float32.</param>
    /// <param name="share">The share that is spread, ε: 0 … 1.</param>
    /// <param name="bias">float32 [C], added to the logits; or null. Not disposed.</param>
    /// <returns>A float32 scalar with graph, in the current dispose scope.</returns>
    public static Tensor OfLinear(Tensor hidden, Tensor weight, Tensor labels, Autocast autocast, double share, Tensor? bias = null)
    {
        ArgumentNullException.ThrowIfNull(hidden);
        ArgumentNullException.ThrowIfNull(weight);
        ArgumentNullException.ThrowIfNull(labels);
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor loss = CrossEntropy.OfLinear(hidden, weight, labels, autocast, bias: bias);
        if (share > 0)
        {
            // The logits of the labels, and the mean of all logits, which is the product with the mean of all rows.
            Tensor index = Index(labels);
            Tensor difference = (hidden * (weight.index_select(0, index) - weight.mean([0]))).sum([1]); // [N, E] -> [N]
            if (bias is not null)
                difference = difference + bias.index_select(0, index) - bias.mean();
            loss = loss + share * Average(difference, labels);
        }

        return loss.MoveToOuterDisposeScope();
    }

    // Class 0 in place of ignored labels.
    private static Tensor Index(Tensor labels) => labels.clamp(min: 0);

    private static Tensor Average(Tensor values, Tensor labels)
    {
        Tensor counted = labels.ne(BatchNames.Ignored).to(torch.ScalarType.Float32);
        return (values * counted).sum() / counted.sum().clamp(min: 1);
    }
}
