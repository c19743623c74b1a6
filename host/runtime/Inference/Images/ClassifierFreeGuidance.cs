using TorchSharp;
using Tensor = TorchSharp.torch.Tensor;

namespace Tenon.Host.Inference.Images;

/// <summary>
/// Classifier-free guidance (Ho and Salimans 2022, equation 6): the prediction moves away from the one without a class,
/// ε̃ = ε(∅) + s·(ε(c) − ε(∅)), with s = 1 + w of the paper. 1 is the conditional prediction alone.
/// </summary>
public static class ClassifierFreeGuidance
{
    /// <summary>The guided prediction; the two that it needs are made in one pass.</summary>
    /// <param name="model">The denoiser, in eval mode.</param>
    /// <param name="sample">float32 [B, C, H, W]. Not disposed.</param>
    /// <param name="timestep">The timestep of all of them.</param>
    /// <param name="classLabels">int64 [B], or null: without a class, and so without guidance. Not disposed.</param>
    /// <param name="scale">s, at least 0.</param>
    /// <returns>float32 [B, C, H, W] in the current dispose scope.</returns>
    public static Tensor Predict(IDenoiser model, Tensor sample, int timestep, Tensor? classLabels, double scale)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(sample);
        using DisposeScope scope = torch.NewDisposeScope();
        long count = sample.size(0);
        if (classLabels is null || scale == 1)
        {
            Tensor timesteps = torch.full([count], timestep, torch.ScalarType.Int64, sample.device);
            return model.Predict(sample, timesteps, classLabels).MoveToOuterDisposeScope();
        }

        Tensor none = torch.full_like(classLabels, model.Labels.Count);
        Tensor both = model.Predict(
            torch.cat([sample, sample]),
            torch.full([2 * count], timestep, torch.ScalarType.Int64, sample.device),
            torch.cat([classLabels, none])); // [2B, C, H, W]
        Tensor with = both.narrow(0, 0, count);
        Tensor without = both.narrow(0, count, count);
        return (without + scale * (with - without)).MoveToOuterDisposeScope();
    }
}
