using TorchSharp;
using Tensor = TorchSharp.torch.Tensor;

namespace Tenon.Host.Inference.Images;

/// <summary>
/// Classifier-free guidance (Ho and Salimans 2022, equation 6): moves the prediction away from the unconditional one, ε̃ = ε(∅) +
/// s·(ε(c) − ε(∅)), where s is the paper's 1 + w. With s = 1, the result is the conditional prediction.
/// </summary>
public static class ClassifierFreeGuidance
{
    /// <summary>Returns the guided prediction; both predictions are computed in one forward pass.</summary>
    /// <param name="model">The denoiser, in eval mode.</param>
    /// <param name="sample">float32 [B, C, H, W]. Not disposed.</param>
    /// <param name="timestep">The timestep of all rows.</param>
    /// <param name="conditioning">Conditioning, B rows; null for the unconditional prediction, without guidance. Not disposed.</param>
    /// <param name="scale">s, at least 0.</param>
    /// <returns>float32 [B, C, H, W] in the current dispose scope.</returns>
    public static Tensor Predict(IDenoiser model, Tensor sample, int timestep, Conditioning? conditioning, double scale)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(sample);
        using DisposeScope scope = torch.NewDisposeScope();
        long count = sample.size(0);
        if (conditioning is null || scale == 1)
            return model.Predict(sample, Timesteps(count), conditioning).MoveToOuterDisposeScope();

        Tensor both = model.Predict(
            torch.cat([sample, sample]), Timesteps(2 * count), conditioning.Append(model.Unconditional(conditioning))); // [2B, C, H, W]
        Tensor with = both.narrow(0, 0, count);
        Tensor without = both.narrow(0, count, count);
        return (without + scale * (with - without)).MoveToOuterDisposeScope();

        Tensor Timesteps(long rows) => torch.full([rows], timestep, torch.ScalarType.Int64, sample.device);
    }
}
