using System.ComponentModel.DataAnnotations;
using Tensor = TorchSharp.torch.Tensor;

namespace Tenon.Host.Inference.Images;

/// <summary>Options for sampling images from a denoiser.</summary>
public sealed record ImageSamplingOptions
{
    /// <summary>Number of images.</summary>
    [Range(1, 100_000)]
    public int Count { get; init; } = 16;

    /// <summary>Seed of all noise; image i does not depend on the number of images.</summary>
    [Range(0, long.MaxValue)]
    public long Seed { get; init; } = 1;

    /// <summary>Class index per image, repeated cyclically; null to cycle through all classes, if the model has classes.</summary>
    public IReadOnlyList<int>? Classes { get; init; }

    /// <summary>Scale of classifier-free guidance; 1 turns it off, 0 means unconditional.</summary>
    [Range(0.0, 100.0)]
    public double Guidance { get; init; } = 1;

    /// <summary>Number of frames to keep for a film strip, from the initial noise to the image; 0 for none.</summary>
    [Range(0, 1000)]
    public int Frames { get; init; }

    /// <summary>Images per batch.</summary>
    [Range(1, 10_000)]
    public int BatchSize { get; init; } = 64;
}

/// <summary>Sampled images. Owns its tensors, which are on the CPU.</summary>
/// <param name="images">float32 [N, C, H, W] in [-1, 1].</param>
/// <param name="frames">States of the denoising chain, starting with the noise, each float32 [N, C, H, W], not clipped.</param>
/// <param name="classes">Index of the class of each image; empty without classes.</param>
public sealed class SampledImages(Tensor images, IReadOnlyList<Tensor> frames, IReadOnlyList<int> classes) : IDisposable
{
    /// <summary>float32 [N, C, H, W] in [-1, 1].</summary>
    public Tensor Images { get; } = images;

    /// <summary>
    /// States of the denoising chain, starting with the noise, each float32 [N, C, H, W], not clipped; empty if no frames were
    /// requested.
    /// </summary>
    public IReadOnlyList<Tensor> Frames { get; } = frames;

    /// <summary>Index of the class of each image; empty without classes.</summary>
    public IReadOnlyList<int> Classes { get; } = classes;

    /// <summary>Disposes the tensors.</summary>
    public void Dispose()
    {
        Images.Dispose();
        foreach (Tensor frame in Frames)
            frame.Dispose();
    }
}
