using Tenon.Layers;

namespace Tenon.Gpt;

/// <summary>Sizes of a published model.</summary>
internal sealed record GptPreset(TransformerShape Shape, int ContextLength)
{
    public GptPreset(int layers, int hiddenSize, int heads, int contextLength)
        : this(new TransformerShape(layers, hiddenSize, heads), contextLength)
    {
    }
}

/// <summary>
/// The published sizes: GPT-2 from table 2 of Radford et al. (2019) with the heads of its released files, GPT-3 from
/// table 2.1 of Brown et al. (2020). Two rows of that table contradict themselves (heads × head size is not the hidden
/// size): here XL has 16 heads of 128, and 13B has 40 heads of 128, a hidden size of 5,120 instead of 5,140.
/// GPT-3's locally banded sparse attention was never published in detail; every layer here is dense.
/// </summary>
internal static class GptPresets
{
    /// <summary>Token ids of GPT-2's tokenizer, which GPT-3 shares.</summary>
    public const int VocabularySize = 50257;

    public static Presets<GptPreset> All { get; } = new("gpt2",
        ("gpt2", new(12, 768, 12, 1024)),
        ("gpt2-medium", new(24, 1024, 16, 1024)),
        ("gpt2-large", new(36, 1280, 20, 1024)),
        ("gpt2-xl", new(48, 1600, 25, 1024)),
        ("gpt3-small", new(12, 768, 12, 2048)),
        ("gpt3-medium", new(24, 1024, 16, 2048)),
        ("gpt3-large", new(24, 1536, 16, 2048)),
        ("gpt3-xl", new(24, 2048, 16, 2048)),
        ("gpt3-2.7b", new(32, 2560, 32, 2048)),
        ("gpt3-6.7b", new(32, 4096, 32, 2048)),
        ("gpt3-13b", new(40, 5120, 40, 2048)),
        ("gpt3-175b", new(96, 12288, 96, 2048)));
}
