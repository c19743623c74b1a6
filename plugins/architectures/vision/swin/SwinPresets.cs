using Tenon.Layers;

namespace Tenon.Swin;

/// <summary>
/// The published sizes (Liu et al. 2021, section 3.3), all with heads of 32 and a feed-forward network four times as wide.
/// </summary>
/// <param name="HiddenSize">Size of the hidden state in the first stage, C.</param>
/// <param name="Depths">Layers of each stage.</param>
internal sealed record SwinPreset(int HiddenSize, IReadOnlyList<int> Depths);

/// <inheritdoc cref="SwinPreset"/>
internal static class SwinPresets
{
    /// <summary>Size of an attention head.</summary>
    public const int HeadSize = 32;

    /// <summary>Height and width of a window in patches.</summary>
    public const int WindowSize = 7;

    /// <summary>Height and width of a patch in pixels.</summary>
    public const int PatchSize = 4;

    public static Presets<SwinPreset> All { get; } = new("swin-tiny",
        ("swin-tiny", new(96, [2, 2, 6, 2])),
        ("swin-small", new(96, [2, 2, 18, 2])),
        ("swin-base", new(128, [2, 2, 18, 2])),
        ("swin-large", new(192, [2, 2, 18, 2])));
}
