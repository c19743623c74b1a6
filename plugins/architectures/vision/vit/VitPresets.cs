namespace Tenon.Vit;

/// <summary>Sizes of a published model.</summary>
internal sealed record VitPreset(int Layers, int HiddenSize, int Heads, int PatchSize);

/// <summary>
/// The published sizes: base, large and huge from table 1 of Dosovitskiy et al. (2020), tiny and small from table 1 of
/// Touvron et al. (2021). All have a feed-forward size of four times the hidden size.
/// </summary>
internal static class VitPresets
{
    /// <summary>Image size that the published models were trained with.</summary>
    public const int ImageSize = 224;

    /// <summary>The preset that stands for "none given".</summary>
    public const string Default = "vit-base";

    public static IReadOnlyDictionary<string, VitPreset> All { get; } = new Dictionary<string, VitPreset>(StringComparer.Ordinal)
    {
        ["vit-tiny"] = new(12, 192, 3, 16),
        ["vit-small"] = new(12, 384, 6, 16),
        ["vit-base"] = new(12, 768, 12, 16),
        ["vit-large"] = new(24, 1024, 16, 16),
        ["vit-huge"] = new(32, 1280, 16, 14),
    };
}
