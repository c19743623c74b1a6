using TorchSharp;

namespace Tenon;

/// <summary>The quantity that a denoiser's network predicts (Ho et al. 2020; Salimans and Ho 2022).</summary>
public enum PredictionType
{
    /// <summary>The noise ε that was added.</summary>
    Epsilon,

    /// <summary>The velocity v = √ᾱ·ε − √(1−ᾱ)·x₀.</summary>
    Velocity,

    /// <summary>The clean sample x₀.</summary>
    Sample,
}

/// <summary>A model that removes noise step by step (diffusion).</summary>
public interface IDenoiser : IModel
{
    /// <summary>Channels, height and width of a sample.</summary>
    (int Channels, int Height, int Width) SampleSize { get; }

    /// <summary>The quantity that <see cref="Predict"/> returns.</summary>
    PredictionType Prediction { get; }

    /// <summary>Names of the classes that condition the model; empty if there are none.</summary>
    IReadOnlyList<string> Labels { get; }

    /// <summary>
    /// ᾱ of each training timestep (the product of 1 − β), in (0, 1], decreasing; its length is the number of timesteps.
    /// </summary>
    IReadOnlyList<double> AlphasCumulative { get; }

    /// <summary>Computes the network's prediction for noisy samples.</summary>
    /// <param name="sample">float32 [B, C, H, W]. Not disposed.</param>
    /// <param name="timesteps">int64 [B], each in [0, timesteps). Not disposed.</param>
    /// <param name="conditioning">
    /// What to generate, B rows; null for unconditional predictions. Its tensors are not disposed.
    /// </param>
    /// <returns>float32 [B, C, H, W] in the current dispose scope.</returns>
    /// <exception cref="ModelException">The model does not support a condition, or needs one that is missing.</exception>
    Tensor Predict(Tensor sample, Tensor timesteps, Conditioning? conditioning = null);

    /// <summary>
    /// Returns the unconditional counterpart of a conditioning, for classifier-free guidance: "no class" by default. A model with
    /// other conditions also replaces those: a text by the empty text, an embedding by the one that represented a dropped
    /// condition in training.
    /// </summary>
    /// <param name="conditioning">Conditions of a batch. Not disposed.</param>
    /// <returns>The same types of conditions with the same number of rows, in the current dispose scope.</returns>
    Conditioning Unconditional(Conditioning conditioning)
    {
        ArgumentNullException.ThrowIfNull(conditioning);
        return conditioning with { ClassLabels = conditioning.ClassLabels is { } labels ? torch.full_like(labels, Labels.Count) : null };
    }
}
