using Tenon.Layers;

namespace Tenon.VitMae;

/// <summary>Sizes of a published encoder.</summary>
/// <param name="Shape">Sizes of the transformer.</param>
/// <param name="PatchSize">Height and width of a patch in pixels.</param>
internal sealed record MaePreset(TransformerShape Shape, int PatchSize);

/// <summary>The published sizes (He et al. 2021, table 3), which are the same as ViT's (Dosovitskiy et al. 2020, table 1).</summary>
internal static class MaePresets
{
    public static Presets<MaePreset> All { get; } = new("vit-base",
        ("vit-base", new(new(12, 768, 12), 16)),
        ("vit-large", new(new(24, 1024, 16), 16)),
        ("vit-huge", new(new(32, 1280, 16), 14)));
}
