using Tensor = TorchSharp.torch.Tensor;

namespace Tenon.Host.Inference.Images;

/// <summary>The result of one denoising step. Tensors are in the current dispose scope.</summary>
/// <param name="Previous">The sample at the timestep before, [B, C, H, W].</param>
/// <param name="Clean">The clean image that the step aims at, [B, C, H, W].</param>
public sealed record DenoisingStep(Tensor Previous, Tensor Clean);

/// <summary>One step of a chain from noise to an image. Knows noise levels, not the model. Stateless.</summary>
public interface IDiffusionSampler
{
    /// <summary>Goes from timestep t to the one that the chain visits next.</summary>
    /// <param name="sample">x_t, float32 [B, C, H, W]. Not disposed.</param>
    /// <param name="prediction">The network's output for it, float32 [B, C, H, W]. Not disposed.</param>
    /// <param name="timestep">t.</param>
    /// <param name="previous">The next timestep of the chain, lower than t; negative: the clean image.</param>
    /// <param name="noise">Draws standard normal noise [B, C, H, W]; called only when the step needs some. The result is not disposed.</param>
    DenoisingStep Step(Tensor sample, Tensor prediction, int timestep, int previous, Func<Tensor> noise);
}
