namespace Tenon.Llama;

/// <summary>
/// How the classes of transformers differ: the name of their files, the options that they have, and the defaults of their
/// configurations, which files leave out.
/// </summary>
/// <param name="Variant">The option that names it.</param>
/// <param name="ModelType">The <c>model_type</c>.</param>
/// <param name="Name">The name of its classes, before <c>ForCausalLM</c>.</param>
internal sealed record LlamaClass(LlamaVariant Variant, string ModelType, string Name)
{
    private static readonly LlamaClass[] _all =
    [
        new(LlamaVariant.Llama, "llama", "Llama")
        {
            VocabularySize = 32000, ContextLength = 2048, FeedForwardSize = 11008, BeginOfText = 1, EndOfText = 2,
            HasAttentionBias = true, HasFeedForwardBias = true,
        },
        new(LlamaVariant.Mistral, "mistral", "Mistral")
        {
            VocabularySize = 32000, ContextLength = 131072, FeedForwardSize = 14336, BeginOfText = 1, EndOfText = 2, KeyValueHeads = 8,
            Slides = true,
        },
        new(LlamaVariant.Qwen2, "qwen2", "Qwen2")
        {
            VocabularySize = 151936, ContextLength = 32768, FeedForwardSize = 22016, KeyValueHeads = 32,
            Slides = true, SlidesByLayer = true, BiasesQueryKeyValue = true,
        },
        new(LlamaVariant.Qwen3, "qwen3", "Qwen3")
        {
            VocabularySize = 151936, ContextLength = 32768, FeedForwardSize = 22016, KeyValueHeads = 32, HeadSize = 128,
            Slides = true, SlidesByLayer = true, HasAttentionBias = true, NormalizesQueryKey = true,
        },
    ];

    /// <summary>Names in files with their variants.</summary>
    public static IReadOnlyList<(string Name, LlamaVariant Value)> ModelTypes { get; } =
        [.. _all.Select(each => (each.ModelType, each.Variant))];

    public required int VocabularySize { get; init; }

    public required int ContextLength { get; init; }

    public required int FeedForwardSize { get; init; }

    /// <summary>Default of key/value heads; null: as many as query heads.</summary>
    public int? KeyValueHeads { get; init; }

    /// <summary>Default of the head size; null: the hidden size divided by the heads.</summary>
    public int? HeadSize { get; init; }

    public int? BeginOfText { get; init; }

    public int? EndOfText { get; init; }

    /// <summary>Whether it has the option <c>attention_bias</c>.</summary>
    public bool HasAttentionBias { get; init; }

    /// <summary>Whether it has the option <c>mlp_bias</c>.</summary>
    public bool HasFeedForwardBias { get; init; }

    /// <summary>Whether queries, keys and values always have a bias.</summary>
    public bool BiasesQueryKeyValue { get; init; }

    /// <summary>Whether queries and keys of each head are normalized before they are rotated.</summary>
    public bool NormalizesQueryKey { get; init; }

    /// <summary>Whether it has a sliding window.</summary>
    public bool Slides { get; init; }

    /// <summary>Whether some layers may have the sliding window and others not.</summary>
    public bool SlidesByLayer { get; init; }

    /// <summary>The class of a variant.</summary>
    public static LlamaClass Of(LlamaVariant variant) => _all.First(each => each.Variant == variant);
}
