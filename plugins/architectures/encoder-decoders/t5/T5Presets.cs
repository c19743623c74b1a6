using Tenon.Layers;

namespace Tenon.T5;

/// <summary>Sizes of a published model.</summary>
internal sealed record T5Preset(int Layers, int HiddenSize, int Heads, int HeadSize, int FeedForwardSize)
{
    public string FeedForward { get; init; } = "relu";

    public bool TieEmbeddings { get; init; } = true;
}

/// <summary>
/// The published sizes: Raffel et al. (2019, section 3.7), and version 1.1 with gated feed-forward networks, as in the models'
/// configurations.
/// </summary>
internal static class T5Presets
{
    /// <summary>Token ids of the published models: 32,000 pieces, 100 sentinels, and padding to a multiple of 128.</summary>
    public const int VocabularySize = 32128;

    /// <summary>Longest source and target in pre-training.</summary>
    public const int ContextLength = 512;

    public static Presets<T5Preset> All { get; } = new("t5-small",
        ("t5-small", new(6, 512, 8, 64, 2048)),
        ("t5-base", new(12, 768, 12, 64, 3072)),
        ("t5-large", new(24, 1024, 16, 64, 4096)),
        ("t5-3b", new(24, 1024, 32, 128, 16384)),
        ("t5-11b", new(24, 1024, 128, 128, 65536)),
        ("t5-v1_1-small", Gated(8, 512, 6, 1024)),
        ("t5-v1_1-base", Gated(12, 768, 12, 2048)),
        ("t5-v1_1-large", Gated(24, 1024, 16, 2816)),
        ("t5-v1_1-xl", Gated(24, 2048, 32, 5120)),
        ("t5-v1_1-xxl", Gated(24, 4096, 64, 10240)));

    private static T5Preset Gated(int layers, int hiddenSize, int heads, int feedForwardSize) =>
        new(layers, hiddenSize, heads, 64, feedForwardSize) { FeedForward = "gated-gelu", TieEmbeddings = false };
}
