using Tenon.Layers;

namespace Tenon.Bart;

/// <summary>Sizes of a published model.</summary>
internal sealed record TransformerPreset(
    TransformerShape Shape, string Activation, int VocabularySize, int ContextLength, bool ScaleEmbedding);

/// <summary>The published sizes.</summary>
internal static class TransformerPresets
{
    /// <summary>Lewis et al. (2019), with the sizes of the released files.</summary>
    public static Presets<TransformerPreset> Bart { get; } = new("bart-base",
        ("bart-base", new(new(6, 768, 12), "gelu", 50265, ContextLength: 1024, ScaleEmbedding: false)),
        ("bart-large", new(new(12, 1024, 16), "gelu", 50265, ContextLength: 1024, ScaleEmbedding: false)));

    /// <summary>
    /// The released files of opus-mt, and table 3 of Vaswani et al. (2017), whose English-German vocabulary had 37,000 ids.
    /// </summary>
    public static Presets<TransformerPreset> Marian { get; } = new("opus-mt",
        ("opus-mt", new(new(6, 512, 8), "swish", 58101, ContextLength: 512, ScaleEmbedding: true)),
        ("transformer", new(new(6, 512, 8), "relu", 37000, ContextLength: 512, ScaleEmbedding: true)),
        ("transformer-big", new(new(6, 1024, 16), "relu", 37000, ContextLength: 512, ScaleEmbedding: true)));
}
