using TorchSharp;
using Tensor = TorchSharp.torch.Tensor;

namespace Tenon.Host.Evaluation;

/// <summary>Mean and covariance of feature vectors. Owns its tensors.</summary>
/// <param name="mean">float64 [E].</param>
/// <param name="covariance">float64 [E, E].</param>
/// <param name="count">Number of vectors.</param>
internal sealed class FeatureMoments(Tensor mean, Tensor covariance, long count) : IDisposable
{
    /// <summary>float64 [E].</summary>
    public Tensor Mean { get; } = mean.DetachFromDisposeScope();

    /// <summary>float64 [E, E], normalized by N − 1.</summary>
    public Tensor Covariance { get; } = covariance.DetachFromDisposeScope();

    /// <summary>Number of vectors.</summary>
    public long Count { get; } = count;

    /// <summary>Computes the moments of vectors. The caller disposes the result.</summary>
    /// <param name="features">float [N, E] with N of 2 or more. Not disposed.</param>
    /// <exception cref="DataException">Fewer than 2 vectors.</exception>
    public static FeatureMoments Of(Tensor features)
    {
        long count = features.size(0);
        if (count < 2)
            throw new DataException($"A covariance needs at least 2 examples, but there are {count}. Use more.");
        using DisposeScope scope = torch.NewDisposeScope();
        // In float64, because small eigenvalues of the product are lost in float32.
        Tensor vectors = features.to(torch.ScalarType.Float64);
        Tensor mean = vectors.mean([0L]);
        Tensor centered = vectors - mean;
        return new FeatureMoments(mean, centered.transpose(0, 1).mm(centered) / (count - 1), count);
    }

    /// <summary>Disposes the tensors.</summary>
    public void Dispose()
    {
        Mean.Dispose();
        Covariance.Dispose();
    }
}

/// <summary>
/// The Fréchet distance between two Gaussians (Dowson and Landau 1982), used by Heusel et al. (2017, equation 6) to compare
/// generated images with real ones: ‖μ₁ − μ₂‖² + tr(Σ₁ + Σ₂ − 2(Σ₁Σ₂)^½). As in the paper, it is the squared distance.
/// </summary>
internal static class FrechetDistance
{
    /// <summary>Computes the distance, which is 0 for equal moments.</summary>
    /// <param name="first">Moments of features of one set.</param>
    /// <param name="second">Moments of features of the other set, of the same size.</param>
    public static double Between(FeatureMoments first, FeatureMoments second)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable untracked = torch.no_grad();
        double means = (first.Mean - second.Mean).square().sum().item<double>();
        double traces = (first.Covariance.trace() + second.Covariance.trace()).item<double>();

        // Σ₁Σ₂ has the same eigenvalues as Σ₁^½·Σ₂·Σ₁^½, which is symmetric, so no complex square root is needed.
        Tensor root = SquareRoot(first.Covariance);
        Tensor product = root.mm(second.Covariance).mm(root);
        Tensor eigenvalues = torch.linalg.eigvalsh((product + product.transpose(0, 1)) / 2);
        double cross = eigenvalues.clamp(min: 0).sqrt().sum().item<double>();
        // Rounding may produce a value slightly below zero.
        return Math.Max(0, means + traces - 2 * cross);
    }

    // For symmetric matrices that are positive semi-definite except for rounding.
    private static Tensor SquareRoot(Tensor matrix)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        (Tensor values, Tensor vectors) = torch.linalg.eigh((matrix + matrix.transpose(0, 1)) / 2);
        return (vectors * values.clamp(min: 0).sqrt()).mm(vectors.transpose(0, 1)).MoveToOuterDisposeScope();
    }
}
