using Tenon.Layers;

namespace Tenon.T5;

/// <summary>
/// T5 with a language-modelling head. As in the published models, the head is the token embedding, and the state dictionary has no
/// <c>lm_head.weight</c>, unless <see cref="T5Options.TieEmbeddings"/> is false. It trains on pairs of texts, and on packed text by
/// span corruption.
/// </summary>
public sealed class T5Model : EncoderDecoderModel, ILearnsFromTokens
{
    private readonly SpanCorruption _corruption;

    private T5Model(Parts parts, T5Options options, BuildContext context)
        : base(nameof(T5Model), T5Configuration.Sizes(options), context, parts.Encoder, parts.Decoder, parts.Head)
    {
        _corruption = new SpanCorruption(options);
        register_module("shared", parts.Tokens);
        register_module("encoder", parts.Encoder);
        register_module("decoder", parts.Decoder);
        if (parts.Head is not null)
            register_module(T5Architecture.HeadName, parts.Head);
    }

    internal T5Model(T5Options options, BuildContext context) : this(Parts.Of(options, context), options, context)
    {
    }

    /// <summary>The most tokens whose corrupted form and targets fit in the context.</summary>
    /// <inheritdoc/>
    public int BlockLength => _corruption.BlockLength(ContextLength);

    /// <inheritdoc/>
    public int BlockOverlap => 0;

    /// <summary>
    /// Hides spans of each block: the source has one sentinel for each span, the target consists of the sentinels with their spans.
    /// Outside training, a block always has the same spans.
    /// </summary>
    /// <inheritdoc/>
    public Batch Collate(IReadOnlyList<TokenBlock> examples, CollateContext context)
    {
        ArgumentNullException.ThrowIfNull(examples);
        ArgumentNullException.ThrowIfNull(context);
        return Pad([.. examples.Select(example => _corruption.Apply(
            example.Ids.ToArray(), context.Training ? context.Random : new SeededRandom(0), context.Tokenizer))]);
    }

    private sealed record Parts(Embedding Tokens, T5Encoder Encoder, T5Decoder Decoder, Linear? Head)
    {
        public static Parts Of(T5Options options, BuildContext context)
        {
            int hidden = ResolvedOptions.Value(options.HiddenSize), vocabulary = ResolvedOptions.Value(options.VocabularySize);
            var tokens = new Embedding(vocabulary, hidden, context);
            Initialization.Normal(tokens.Weight, options.InitializerFactor);
            Linear? head = ResolvedOptions.Value(options.TieEmbeddings) ? null : new Linear(hidden, vocabulary, context, bias: false);
            if (head is not null)
                Initialization.Normal(head.Weight, options.InitializerFactor);
            return new Parts(tokens, new T5Encoder(options, tokens, context), new T5Decoder(options, tokens, context), head);
        }
    }
}
