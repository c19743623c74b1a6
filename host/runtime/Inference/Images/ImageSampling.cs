using System.ComponentModel.DataAnnotations;
using Tensor = TorchSharp.torch.Tensor;

namespace Tenon.Host.Inference.Images;

/// <summary>Ways from noise to an image.</summary>
public enum SamplerKind
{
    /// <summary><see cref="DdimSampler"/>.</summary>
    Ddim,

    /// <summary><see cref="DdpmSampler"/>.</summary>
    Ddpm,
}

/// <summary>What images to make of a denoiser, and how.</summary>
public sealed record ImageSamplingOptions
{
    /// <summary>How many images.</summary>
    [Range(1, 100_000)]
    public int Count { get; init; } = 16;

    /// <summary>Seed of the first noise and of all that follows; image i is the same in runs with more or fewer images.</summary>
    [Range(0, long.MaxValue)]
    public long Seed { get; init; } = 1;

    /// <summary>The way from noise to an image.</summary>
    public SamplerKind Sampler { get; init; } = SamplerKind.Ddim;

    /// <summary>Denoising steps; null: 50 for DDIM, all of the model's timesteps for DDPM.</summary>
    [Range(1, 100_000)]
    public int? Steps { get; init; }

    /// <summary>DDIM's η: 0 adds no noise on the way, 1 as much as DDPM.</summary>
    [Range(0.0, 1.0)]
    public double Eta { get; init; }

    /// <summary>DDPM's variance of a step.</summary>
    public SamplingVariance Variance { get; init; } = SamplingVariance.FixedSmall;

    /// <summary>Whether the clean image that each step aims at is clipped to [-1, 1].</summary>
    public bool Clip { get; init; } = true;

    /// <summary>Index of the class of each image in turn, repeated as needed; null: every class in turn when the model has classes.</summary>
    public IReadOnlyList<int>? Classes { get; init; }

    /// <summary>Scale of classifier-free guidance; 1: none, 0: no class at all.</summary>
    [Range(0.0, 100.0)]
    public double Guidance { get; init; } = 1;

    /// <summary>How many moments of the chain are kept for a film strip, from first noise to image; 0: none.</summary>
    [Range(0, 1000)]
    public int Frames { get; init; }

    /// <summary>Images that are made together.</summary>
    [Range(1, 10_000)]
    public int BatchSize { get; init; } = 64;
}

/// <summary>Sampled images. Owns its tensors, which are on the CPU.</summary>
/// <param name="images">float32 [N, C, H, W] in [-1, 1].</param>
/// <param name="frames">Moments of the chain, first noise first, each float32 [N, C, H, W], not clipped.</param>
/// <param name="classes">Index of the class of each image; empty without classes.</param>
public sealed class SampledImages(Tensor images, IReadOnlyList<Tensor> frames, IReadOnlyList<int> classes) : IDisposable
{
    /// <summary>float32 [N, C, H, W] in [-1, 1].</summary>
    public Tensor Images { get; } = images;

    /// <summary>Moments of the chain, first noise first, each float32 [N, C, H, W], not clipped; empty when none were asked for.</summary>
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
