using Tenon.Layers;

namespace Tenon.Llama;

/// <summary>Resolves and checks options, and derives the sizes of the network from them.</summary>
internal static class LlamaSizes
{
    private const int DefaultHeadSize = 64;
    private const string NotSupported = "does not support it";

    /// <summary>Fills in sizes and special tokens. The result has the same class as the options.</summary>
    public static TOptions Resolve<TOptions>(TOptions options, ModelFacts facts) where TOptions : LlamaOptions
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(facts);
        LlamaPreset preset = LlamaPresets.All.Find(options.Preset);
        bool named = options.Preset is not null;
        int hidden = options.HiddenSize ?? preset.HiddenSize;
        bool own = hidden != preset.HiddenSize;
        int heads = options.Heads ?? (own ? Math.Max(1, hidden / DefaultHeadSize) : preset.Heads);
        bool ownHeads = own || heads != preset.Heads;
        int group = preset.Heads / preset.KeyValueHeads;
        int? end = options.EndOfText ?? facts.SpecialTokens.EndOfText;
        var resolved = (TOptions)(options with
        {
            Variant = options.Variant ?? preset.Variant,
            Layers = options.Layers ?? preset.Layers,
            HiddenSize = hidden,
            Heads = heads,
            KeyValueHeads = options.KeyValueHeads
                ?? (!ownHeads ? preset.KeyValueHeads : heads % group == 0 ? heads / group : heads),
            HeadSize = options.HeadSize ?? (ownHeads ? Divided(hidden, heads) : preset.HeadSize),
            FeedForwardSize = options.FeedForwardSize ?? (own ? (8 * hidden / 3 + 7) / 8 * 8 : preset.FeedForwardSize),
            ContextLength = options.ContextLength ?? preset.ContextLength,
            VocabularySize = DecoderConfiguration.ResolveVocabulary(
                options.VocabularySize, facts.VocabularySize, named ? preset.VocabularySize : null),
            TieEmbeddings = options.TieEmbeddings ?? preset.TieEmbeddings,
            RmsNormEpsilon = options.RmsNormEpsilon ?? preset.RmsNormEpsilon,
            RopeTheta = options.RopeTheta ?? (named ? preset.RopeTheta : 10_000),
            SlidingWindow = options.SlidingWindow ?? (named ? preset.SlidingWindow : null),
            EndOfText = end,
            BeginOfText = options.BeginOfText ?? facts.SpecialTokens.BeginOfText ?? end,
        });
        resolved = LlamaRope.Resolve(resolved, named ? preset.RopeFactor : null);
        Check(resolved);
        return resolved;
    }

    /// <summary>Reads the sizes of the network from resolved options.</summary>
    /// <exception cref="ModelException">The options are not resolved.</exception>
    public static DecoderConfiguration Decoder(LlamaOptions options) =>
        new(TransformerShape.Resolved(options.Layers, options.HiddenSize, options.Heads, options.FeedForwardSize))
        {
            KeyValueHeads = ResolvedOptions.Value(options.KeyValueHeads),
            HeadSize = ResolvedOptions.Value(options.HeadSize),
            VocabularySize = ResolvedOptions.Value(options.VocabularySize),
            ContextLength = ResolvedOptions.Value(options.ContextLength),
            SlidingWindow = options.SlidingWindow,
            SlidingLayers = options.SlidingLayers?.ToHashSet(),
            IsGated = true,
            BeginOfText = options.BeginOfText,
            EndOfText = options.EndOfText,
            ActivationCheckpointing = options.ActivationCheckpointing,
        };

    /// <summary>
    /// Rejects resolved options that contradict each other. Messages name each option with its key in <c>config.json</c> in
    /// parentheses, because the options may come from a file.
    /// </summary>
    /// <exception cref="ModelException">Options contradict each other.</exception>
    public static void Check(LlamaOptions options)
    {
        LlamaClass own = LlamaClass.Of(ResolvedOptions.Value(options.Variant));
        (int heads, int keyValueHeads) = (ResolvedOptions.Value(options.Heads), ResolvedOptions.Value(options.KeyValueHeads));
        int headSize = ResolvedOptions.Value(options.HeadSize);
        if (heads % keyValueHeads != 0)
        {
            throw new ModelException(
                $"'keyValueHeads' (num_key_value_heads) is {keyValueHeads}, which does not divide the {heads} query heads. " +
                $"Set it to one of {string.Join(", ", Enumerable.Range(1, heads).Where(each => heads % each == 0))}.");
        }

        if (headSize % 2 != 0)
        {
            throw new ModelException(
                $"'headSize' (head_dim) is {headSize}, but rotary positions rotate pairs of dimensions. Set it to an even number.");
        }

        if (options.AttentionBias && !own.HasAttentionBias)
        {
            throw Lacks(
                own, "'attentionBias' (attention_bias) is true",
                own.BiasesQueryKeyValue ? "always has biases on queries, keys and values only" : NotSupported);
        }

        if (options.FeedForwardBias && !own.HasFeedForwardBias)
            throw Lacks(own, "'feedForwardBias' (mlp_bias) is true", NotSupported);
        if (options.SlidingWindow is { } window && !own.Slides)
            throw Lacks(own, $"'slidingWindow' (sliding_window) is {window}", NotSupported);
        if (options.SlidingLayers is { } layers)
            CheckLayers(options, own, layers);
        LlamaRope.Check(options, headSize);
    }

    private static void CheckLayers(LlamaOptions options, LlamaClass own, IReadOnlyList<int> layers)
    {
        string listed = $"'slidingLayers' (layer_types) is [{string.Join(", ", layers)}]";
        if (options.SlidingWindow is null)
        {
            throw new ModelException(
                $"{listed}, but 'slidingWindow' (sliding_window) is not set. Set it to a number of tokens, or remove 'slidingLayers'.");
        }

        if (!own.SlidesByLayer)
            throw Lacks(own, listed, "uses the sliding window in every layer");
        int count = ResolvedOptions.Value(options.Layers);
        if (layers.Any(layer => layer < 0 || layer >= count) || layers.Distinct().Count() != layers.Count)
            throw new ModelException($"{listed}, but may only contain the layers 0 … {count - 1}, each at most once.");
    }

    private static ModelException Lacks(LlamaClass own, string what, string instead) => new(
        $"{what}, but '{own.ModelType}' {instead}. Remove it, or set 'variant' (model_type) to a class that supports it.");

    private static int Divided(int hidden, int heads) => hidden % heads == 0
        ? hidden / heads
        : throw new ModelException(
            $"'hiddenSize' is {hidden}, which is not divisible by the number of heads, {heads}. Set 'headSize', set 'heads' to a " +
            $"divisor of {hidden}, or set 'hiddenSize' to a multiple of {heads}.");
}
