using Tenon.Layers;

namespace Tenon.Bart;

/// <summary>
/// An encoder and a decoder with post-normalization. One table embeds source and target tokens and is the head. A bias on the logits
/// is part of the files and not trained.
/// </summary>
public abstract class TransformerModel : EncoderDecoderModel
{
    private const string BiasName = "final_logits_bias";

    private protected TransformerModel(string name, TransformerOptions options, TransformerSizes sizes, BuildContext context)
        : this(name, sizes, context, Parts.Of(options, sizes, context))
    {
    }

    private TransformerModel(string name, TransformerSizes sizes, BuildContext context, Parts parts)
        : base(name, sizes.Configuration, context, parts.Encoder, parts.Decoder, head: null)
    {
        register_module("model", new NameScope(("shared", parts.Tokens), ("encoder", parts.Encoder), ("decoder", parts.Decoder)));
        register_buffer(BiasName, torch.zeros([1, VocabularySize], torch.ScalarType.Float32, context.Device));
    }

    /// <inheritdoc/>
    protected override Tensor? LogitsBias => get_buffer(BiasName);

    /// <summary>
    /// The name of a tensor in a state dictionary; null for one that is not a weight: embeddings of encoder and decoder and the head
    /// repeat the shared table.
    /// </summary>
    internal static string? WeightName(string name) =>
        name is "model.encoder.embed_tokens.weight" or "model.decoder.embed_tokens.weight" or "lm_head.weight" ? null : name;

    private sealed record Parts(Embedding Tokens, TransformerEncoder Encoder, TransformerDecoder Decoder)
    {
        public static Parts Of(TransformerOptions options, TransformerSizes sizes, BuildContext context)
        {
            DecoderConfiguration decoder = sizes.Configuration.Decoder;
            var tokens = new Embedding(decoder.VocabularySize, decoder.Shape.HiddenSize, context);
            Initialization.Normal(tokens.Weight, options.InitializerRange);
            return new Parts(
                tokens, new TransformerEncoder(options, sizes, tokens, context), new TransformerDecoder(options, sizes, tokens, context));
        }
    }
}
