namespace Tenon;

/// <summary>Partly hidden images and a model's reconstruction of them. Each tensor is float32 [B, C, H, W] in [-1, 1].</summary>
/// <param name="Original">The images.</param>
/// <param name="Visible">The parts that the model saw; hidden parts are gray.</param>
/// <param name="Reconstructed">The images with the hidden parts filled in by the model.</param>
public sealed record ImageReconstruction(Tensor Original, Tensor Visible, Tensor Reconstructed);

/// <summary>A model that reconstructs hidden parts of images (masked autoencoders: He et al. 2021).</summary>
public interface IImageReconstructor : IImageModel
{
    /// <summary>Hides parts of images and fills them in.</summary>
    /// <param name="batch">Created by one of the model's <see cref="ICollate{TExample}"/>. Not disposed.</param>
    /// <param name="random">Chooses the hidden parts.</param>
    /// <returns>Tensors in the current dispose scope.</returns>
    ImageReconstruction Reconstruct(Batch batch, SeededRandom random);
}
