using Tenon.Layers;

namespace Tenon.Vit;

/// <summary>Resolved options: everything that may come from the data or the preset.</summary>
internal sealed record VitSizes : TransformerShape
{
    private VitSizes(TransformerShape shape) : base(shape) { }

    /// <summary>Height and width of the images in pixels.</summary>
    public required int ImageSize { get; init; }

    /// <summary>Height and width of a patch in pixels, S; a divisor of the image size.</summary>
    public required int PatchSize { get; init; }

    /// <summary>Channels of the images, C.</summary>
    public required int Channels { get; init; }

    /// <summary>Patches of an image, G.</summary>
    public int Patches => ImageSize / PatchSize * (ImageSize / PatchSize);

    /// <summary>Reads the sizes from resolved options.</summary>
    /// <param name="options">From <see cref="VitArchitecture.Resolve"/> or <see cref="VitArchitecture.Read"/>.</param>
    /// <exception cref="ModelException">An option is not resolved.</exception>
    public static VitSizes Of(VitOptions options) =>
        new(Resolved(options.Layers, options.HiddenSize, options.Heads, options.FeedForwardSize))
        {
            ImageSize = ResolvedOptions.Value(options.ImageSize),
            PatchSize = ResolvedOptions.Value(options.PatchSize),
            Channels = ResolvedOptions.Value(options.Channels),
        };
}
