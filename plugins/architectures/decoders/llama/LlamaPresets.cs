using Tenon.Layers;

namespace Tenon.Llama;

/// <summary>The sizes of a published model.</summary>
internal sealed record LlamaPreset(
    LlamaVariant Variant, int Layers, int HiddenSize, int Heads, int KeyValueHeads, int FeedForwardSize, int VocabularySize,
    int ContextLength)
{
    public int HeadSize { get; init; } = HiddenSize / Heads;

    public bool TieEmbeddings { get; init; }

    public double RmsNormEpsilon { get; init; } = 1e-5;

    public double RopeTheta { get; init; } = 10_000;

    /// <summary>The factor of Llama 3.1's scaling, or null if the frequencies are not scaled.</summary>
    public double? RopeFactor { get; init; }

    public int? SlidingWindow { get; init; }
}

/// <summary>
/// The presets, taken from the configurations of the released weights. For Qwen2.5, these are the instruction-tuned models. Llama 3.1
/// 405B has 8 key/value heads, as in its released weights.
/// </summary>
internal static class LlamaPresets
{
    // The scaling of Llama 3.1 and 3.2.
    public const int OriginalContextLength = 8192;
    public const double LowFrequencyFactor = 1;
    public const double HighFrequencyFactor = 4;

    public static Presets<LlamaPreset> All { get; } = new("llama-3.2-1b",
        ("llama-2-7b", Llama2(32, 4096, 32, 32, 11008)),
        ("llama-2-13b", Llama2(40, 5120, 40, 40, 13824)),
        ("llama-2-70b", Llama2(80, 8192, 64, 8, 28672)),
        ("llama-3-8b", Llama3(32, 4096, 32, 14336, null) with { ContextLength = 8192 }),
        ("llama-3-70b", Llama3(80, 8192, 64, 28672, null) with { ContextLength = 8192 }),
        ("llama-3.1-8b", Llama3(32, 4096, 32, 14336, 8)),
        ("llama-3.1-70b", Llama3(80, 8192, 64, 28672, 8)),
        ("llama-3.1-405b", Llama3(126, 16384, 128, 53248, 8)),
        ("llama-3.2-1b", Llama3(16, 2048, 32, 8192, 32) with { TieEmbeddings = true }),
        ("llama-3.2-3b", Llama3(28, 3072, 24, 8192, 32) with { TieEmbeddings = true }),
        ("mistral-7b-v0.1", new(LlamaVariant.Mistral, 32, 4096, 32, 8, 14336, 32000, 32768) { SlidingWindow = 4096 }),
        ("mistral-7b-v0.3", new(LlamaVariant.Mistral, 32, 4096, 32, 8, 14336, 32768, 32768) { RopeTheta = 1e6 }),
        ("qwen2.5-0.5b", Qwen2(24, 896, 14, 2, 4864) with { TieEmbeddings = true }),
        ("qwen2.5-1.5b", Qwen2(28, 1536, 12, 2, 8960) with { TieEmbeddings = true }),
        ("qwen2.5-3b", Qwen2(36, 2048, 16, 2, 11008) with { TieEmbeddings = true }),
        ("qwen2.5-7b", Qwen2(28, 3584, 28, 4, 18944) with { VocabularySize = 152064 }),
        ("qwen2.5-14b", Qwen2(48, 5120, 40, 8, 13824) with { VocabularySize = 152064 }),
        ("qwen2.5-32b", Qwen2(64, 5120, 40, 8, 27648) with { VocabularySize = 152064 }),
        ("qwen2.5-72b", Qwen2(80, 8192, 64, 8, 29568) with { VocabularySize = 152064 }),
        ("qwen3-0.6b", Qwen3(28, 1024, 16, 3072) with { TieEmbeddings = true }),
        ("qwen3-1.7b", Qwen3(28, 2048, 16, 6144) with { TieEmbeddings = true }),
        ("qwen3-4b", Qwen3(36, 2560, 32, 9728) with { TieEmbeddings = true }),
        ("qwen3-8b", Qwen3(36, 4096, 32, 12288)),
        ("qwen3-14b", Qwen3(40, 5120, 40, 17408)),
        ("qwen3-32b", Qwen3(64, 5120, 64, 25600)));

    private static LlamaPreset Llama2(int layers, int hidden, int heads, int keyValueHeads, int feedForward) =>
        new(LlamaVariant.Llama, layers, hidden, heads, keyValueHeads, feedForward, 32000, 4096);

    private static LlamaPreset Llama3(int layers, int hidden, int heads, int feedForward, double? ropeFactor) =>
        new(LlamaVariant.Llama, layers, hidden, heads, 8, feedForward, 128256, 131072) { RopeTheta = 500_000, RopeFactor = ropeFactor };

    private static LlamaPreset Qwen2(int layers, int hidden, int heads, int keyValueHeads, int feedForward) =>
        new(LlamaVariant.Qwen2, layers, hidden, heads, keyValueHeads, feedForward, 151936, 32768)
        {
            RopeTheta = 1e6,
            RmsNormEpsilon = 1e-6,
        };

    private static LlamaPreset Qwen3(int layers, int hidden, int heads, int feedForward) =>
        new(LlamaVariant.Qwen3, layers, hidden, heads, 8, feedForward, 151936, 40960)
        {
            HeadSize = 128,
            RopeTheta = 1e6,
            RmsNormEpsilon = 1e-6,
        };
}
