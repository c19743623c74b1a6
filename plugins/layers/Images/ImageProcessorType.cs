namespace Tenon.Layers.Images;

/// <summary>The defaults of a class of transformers' image processors, for settings that a file leaves out.</summary>
/// <param name="Name">Its name without the ending, such as <c>ViT</c> of <c>ViTImageProcessor</c>.</param>
/// <param name="Size">The size to resize to.</param>
/// <param name="IsEdge">Whether a single number is the shorter side, and the shape is kept; otherwise it is height and width.</param>
/// <param name="Filter">The filter.</param>
/// <param name="Crop">The size of the center crop, or null for none.</param>
internal sealed record ImageProcessorType(string Name, int Size, bool IsEdge, ImageFilter Filter, int? Crop = null)
{
    private static readonly double[] _halves = [0.5, 0.5, 0.5];
    private static readonly string[] _endings = ["ImageProcessor", "ImageProcessorFast", "ImageProcessorPil", "FeatureExtractor"];

    /// <summary>Assumed for files that do not name a class.</summary>
    public static ImageProcessorType ViT { get; } = new("ViT", 224, IsEdge: false, ImageFilter.Bilinear);

    private static readonly ImageProcessorType[] _all =
    [
        ViT,
        new("DeiT", 256, IsEdge: false, ImageFilter.Bicubic, Crop: 224),
        new("Beit", 256, IsEdge: false, ImageFilter.Bicubic, Crop: 224),
        new("Siglip", 224, IsEdge: false, ImageFilter.Bicubic),
        Clip("CLIP"),
        Clip("Bit"),
        new("MobileNetV1", 256, IsEdge: true, ImageFilter.Bilinear, Crop: 224),
        new("MobileNetV2", 256, IsEdge: true, ImageFilter.Bilinear, Crop: 224),
        new("ConvNext", 384, IsEdge: true, ImageFilter.Bilinear) { CropShare = 224 / 256.0 },
    ];

    /// <summary>Mean of each of three channels.</summary>
    public IReadOnlyList<double> Mean { get; init; } = _halves;

    /// <summary>Standard deviation of each of three channels.</summary>
    public IReadOnlyList<double> Std { get; init; } = _halves;

    /// <summary>
    /// The share of the resized image that is kept (<c>crop_pct</c>) for sizes below 384; from that size, images are stretched.
    /// Null if the class has no such rule.
    /// </summary>
    public double? CropShare { get; init; }

    /// <summary>The names that are supported.</summary>
    public static IEnumerable<string> Names => _all.Select(type => $"{type.Name}ImageProcessor");

    /// <summary>Finds a type by name.</summary>
    /// <param name="name">The name of a class, also of its fast form and of the feature extractors of earlier versions.</param>
    /// <returns>Null if it is not supported.</returns>
    public static ImageProcessorType? Find(string name) =>
        Array.Find(_all, type => _endings.Any(ending => name == type.Name + ending));

    private static ImageProcessorType Clip(string name) => new(name, 224, IsEdge: true, ImageFilter.Bicubic, Crop: 224)
    {
        Mean = [0.48145466, 0.4578275, 0.40821073],
        Std = [0.26862954, 0.26130258, 0.27577711],
    };
}
