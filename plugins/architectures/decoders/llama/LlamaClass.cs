namespace Tenon.Llama;

/// <summary>
/// The differences between transformers' model classes: their names in files, the options that they support, and the defaults
/// that apply to keys missing from <c>config.json</c>.
/// </summary>
/// <param name="Variant">The corresponding value of <see cref="LlamaOptions.Variant"/>.</param>
/// <param name="ModelType">The <c>model_type</c>.</param>
/// <param name="Name">The prefix of the class names, such as <c>Llama</c> in <c>LlamaForCausalLM</c>.</param>
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

    /// <summary>The values of <c>model_type</c> and their variants.</summary>
    public static IReadOnlyList<(string Name, LlamaVariant Value)> ModelTypes { get; } =
        [.. _all.Select(each => (each.ModelType, each.Variant))];

    public required int VocabularySize { get; init; }

    public required int ContextLength { get; init; }

    public required int FeedForwardSize { get; init; }

    /// <summary>Default number of key/value heads, or null for as many as there are query heads.</summary>
    public int? KeyValueHeads { get; init; }

    /// <summary>Default head size, or null for the hidden size divided by the number of heads.</summary>
    public int? HeadSize { get; init; }

    public int? BeginOfText { get; init; }

    public int? EndOfText { get; init; }

    /// <summary>Whether the class supports <c>attention_bias</c>.</summary>
    public bool HasAttentionBias { get; init; }

    /// <summary>Whether the class supports <c>mlp_bias</c>.</summary>
    public bool HasFeedForwardBias { get; init; }

    /// <summary>Whether queries, keys and values always have a bias.</summary>
    public bool BiasesQueryKeyValue { get; init; }

    /// <summary>Whether the queries and keys of each head are normalized before rotation.</summary>
    public bool NormalizesQueryKey { get; init; }

    /// <summary>Whether the class supports a sliding window.</summary>
    public bool Slides { get; init; }

    /// <summary>Whether the sliding window can be limited to some of the layers.</summary>
    public bool SlidesByLayer { get; init; }

    /// <summary>Returns the class of a variant.</summary>
    public static LlamaClass Of(LlamaVariant variant) => _all.First(each => each.Variant == variant);
}
