using Tenon.Layers;

namespace Tenon.Resnet;

/// <summary>Sizes of a residual network without nulls.</summary>
/// <param name="EmbeddingSize">Channels after the first convolution.</param>
/// <param name="HiddenSizes">Channels of each stage.</param>
/// <param name="Depths">Layers of each stage.</param>
/// <param name="LayerType">How each layer is built.</param>
internal sealed record ResnetSizes(int EmbeddingSize, IReadOnlyList<int> HiddenSizes, IReadOnlyList<int> Depths, ResidualLayer LayerType)
{
    /// <summary>Reads the sizes from resolved options.</summary>
    /// <param name="options">From <see cref="ResnetArchitecture.Resolve"/> or <see cref="ResnetArchitecture.Read"/>.</param>
    /// <exception cref="ModelException">An option is not resolved.</exception>
    public static ResnetSizes Of(ResnetOptions options) => new(
        ResolvedOptions.Value(options.EmbeddingSize),
        ResolvedOptions.Value(options.HiddenSizes),
        ResolvedOptions.Value(options.Depths),
        ResolvedOptions.Value(options.LayerType));
}

/// <summary>The published sizes (He et al. 2016, table 1).</summary>
internal static class ResnetPresets
{
    private static readonly int[] _basic = [64, 128, 256, 512];
    private static readonly int[] _bottleneck = [256, 512, 1024, 2048];

    public static Presets<ResnetSizes> All { get; } = new("resnet-50",
        ("resnet-18", new(64, _basic, [2, 2, 2, 2], ResidualLayer.Basic)),
        ("resnet-34", new(64, _basic, [3, 4, 6, 3], ResidualLayer.Basic)),
        ("resnet-50", new(64, _bottleneck, [3, 4, 6, 3], ResidualLayer.Bottleneck)),
        ("resnet-101", new(64, _bottleneck, [3, 4, 23, 3], ResidualLayer.Bottleneck)),
        ("resnet-152", new(64, _bottleneck, [3, 8, 36, 3], ResidualLayer.Bottleneck)));
}
