using System.Runtime.Intrinsics;

namespace Tenon.Kernels;

/// <summary>Where the tensors of a <see cref="PixelNorm"/> are in memory; images as [B, H·W, C].</summary>
internal readonly unsafe record struct NormTensors
{
    /// <summary>[B, H·W, C].</summary>
    public required nint Input { get; init; }

    /// <summary>[B, H·W, C]: the result, or its gradient on the way back.</summary>
    public required nint Result { get; init; }

    /// <summary>The gain, float32 [C].</summary>
    public required nint Weight { get; init; }

    /// <summary>The offset, float32 [C].</summary>
    public required nint Bias { get; init; }

    /// <summary>What is added to the input before all else, float32 [B, C]; or 0.</summary>
    public nint Added { get; init; }

    /// <summary>float32 [B, C]: what is taken from each channel of the input.</summary>
    public required nint Centres { get; init; }

    /// <summary>float32 [B, C]: 1/√(variance + ε) of the channel's group.</summary>
    public required nint InverseDeviations { get; init; }

    /// <summary>[B, H·W, C].</summary>
    public nint InputGradient { get; init; }

    /// <summary>The gain's gradient from each image, float32 [B, C].</summary>
    public nint WeightGradients { get; init; }

    /// <summary>The offset's gradient from each image, float32 [B, C].</summary>
    public nint BiasGradients { get; init; }

    /// <summary>float32 [B, C]; or 0.</summary>
    public nint AddedGradient { get; init; }

    /// <summary>Channels of one image.</summary>
    /// <param name="norm">The sizes.</param>
    /// <param name="image">The image.</param>
    /// <param name="channel">The first channel.</param>
    /// <param name="channels">How many.</param>
    /// <param name="inputSize">Bytes of a number of the input.</param>
    /// <param name="resultSize">Bytes of a number of the result.</param>
    public NormPart Part(PixelNorm norm, int image, int channel, int channels, int inputSize, int resultSize)
    {
        nint row = (nint)image * norm.Channels + channel, pixel = (nint)image * norm.Pixels * norm.Channels + channel;
        return new NormPart
        {
            Channels = channels,
            Input = (byte*)Input + pixel * inputSize,
            Result = (byte*)Result + pixel * resultSize,
            Weight = (float*)Weight + channel,
            Bias = (float*)Bias + channel,
            Added = Added == 0 ? null : (float*)Added + row,
            Centres = (float*)Centres + row,
            InverseDeviations = (float*)InverseDeviations + row,
            InputGradient = (byte*)InputGradient + pixel * inputSize,
            WeightGradients = (float*)WeightGradients + row,
            BiasGradients = (float*)BiasGradients + row,
            AddedGradient = AddedGradient == 0 ? null : (float*)AddedGradient + row,
        };
    }
}

/// <summary>The first of some channels of one image, in each of <see cref="NormTensors"/>.</summary>
internal unsafe ref struct NormPart
{
    public required int Channels { get; init; }

    public required byte* Input { get; init; }

    public required byte* Result { get; init; }

    public required float* Weight { get; init; }

    public required float* Bias { get; init; }

    public required float* Added { get; init; }

    public required float* Centres { get; init; }

    public required float* InverseDeviations { get; init; }

    public required byte* InputGradient { get; init; }

    public required float* WeightGradients { get; init; }

    public required float* BiasGradients { get; init; }

    public required float* AddedGradient { get; init; }

    /// <summary>Three numbers a channel, for the way back.</summary>
    public float* Sums { get; set; }

    /// <summary>A number for each of the channels' pixels, for the way back.</summary>
    public float* Scratch { get; set; }

    /// <summary>Where the scratch of a block of pixels and channels begins: block after block, in the order in which they are walked.</summary>
    public readonly float* ScratchOf(int pixel, int end, int channel) => Scratch + pixel * Channels + channel * (end - pixel);

    public readonly float AddedTo(int channel) => Added is null ? 0 : Added[channel];

    /// <summary>The normalised input of eight channels as input · scale + offset.</summary>
    public readonly (Vector256<float> Scale, Vector256<float> Offset) Line(int channel)
    {
        Vector256<float> scale = Vector256.Load(Weight + channel) * Vector256.Load(InverseDeviations + channel);
        return (scale, Vector256.Load(Bias + channel) - Vector256.Load(Centres + channel) * scale);
    }
}
