using Tenon.Layers;

namespace Tenon.Vit;

/// <summary>Sizes of a published model.</summary>
/// <param name="Shape">Sizes of the encoder.</param>
/// <param name="PatchSize">Height and width of a patch in pixels.</param>
internal sealed record VitPreset(TransformerShape Shape, int PatchSize);

/// <summary>
/// The published sizes: base, large and huge from table 1 of Dosovitskiy et al. (2020), tiny and small from table 1 of
/// Touvron et al. (2021). The feed-forward network of each is four times as wide as its hidden state.
/// </summary>
internal static class VitPresets
{
    public static Presets<VitPreset> All { get; } = new("vit-base",
        ("vit-tiny", new(new(12, 192, 3), 16)),
        ("vit-small", new(new(12, 384, 6), 16)),
        ("vit-base", new(new(12, 768, 12), 16)),
        ("vit-large", new(new(24, 1024, 16), 16)),
        ("vit-huge", new(new(32, 1280, 16), 14)));
}
