using Tenon.Layers;

namespace Tenon.VitMae;

/// <summary>Resolved options: everything that may come from the data or the preset.</summary>
/// <param name="Encoder">Sizes of the encoder.</param>
/// <param name="Decoder">Sizes of the decoder.</param>
/// <param name="ImageSize">Height and width of the images in pixels.</param>
/// <param name="PatchSize">Height and width of a patch in pixels, S; a divisor of the image size.</param>
/// <param name="Channels">Channels of the images, C.</param>
/// <param name="MaskRatio">Share of the patches that are hidden.</param>
internal sealed record MaeSizes(
    TransformerShape Encoder, TransformerShape Decoder, int ImageSize, int PatchSize, int Channels, double MaskRatio)
{
    /// <summary>Patches per side.</summary>
    public int Side => ImageSize / PatchSize;

    /// <summary>Patches of an image, G.</summary>
    public int Patches => Side * Side;

    /// <summary>Patches that the encoder sees, K.</summary>
    public int Visible => (int)(Patches * (1 - MaskRatio));

    /// <summary>Values in a patch, S·S·C.</summary>
    public int PatchPixels => PatchSize * PatchSize * Channels;

    /// <summary>Reads the sizes from resolved options.</summary>
    /// <param name="options">From <see cref="MaeArchitecture.Resolve"/> or <see cref="MaeArchitecture.Read"/>.</param>
    /// <exception cref="ModelException">An option is not resolved.</exception>
    public static MaeSizes Of(MaeOptions options) => new(
        TransformerShape.Resolved(options.Layers, options.HiddenSize, options.Heads, options.FeedForwardSize),
        TransformerShape.Resolved(options.DecoderLayers, options.DecoderHiddenSize, options.DecoderHeads, options.DecoderFeedForwardSize),
        ResolvedOptions.Value(options.ImageSize),
        ResolvedOptions.Value(options.PatchSize),
        ResolvedOptions.Value(options.Channels),
        options.MaskRatio);
}
