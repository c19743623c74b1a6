using System.Text.Json.Nodes;
using Tenon.Layers;

namespace Tenon.Lstm;

/// <summary>
/// An encoder with LSTM layers in both directions and a decoder with LSTM layers (Sutskever et al. 2014), by default with additive
/// attention (Bahdanau et al. 2015). Its folder has its own layout, with the parameter names of <c>torch.nn.LSTM</c>.
/// </summary>
[Architecture("lstm-seq2seq", "Recurrent encoder-decoder with LSTM layers, with or without attention", ModelTypes = [ModelType],
    Stability = Stability.Preview,
    TestSettings = ["layers=2", "hiddenSize=16", "embeddingSize=12", "contextLength=24", "initializerRange=0.5"])]
public sealed class Seq2SeqArchitecture : IArchitecture<Seq2SeqOptions, Seq2SeqModel>
{
    private const string ModelType = "lstm-seq2seq";

    // There are no published sizes.
    private static readonly RecurrentPreset _default = new(1, 256, ContextLength: 128);

    /// <inheritdoc/>
    public Seq2SeqOptions Resolve(Seq2SeqOptions options, ModelFacts facts)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(facts);
        PairTokens tokens = PairTokens.Resolve(options.PadToken, options.EndOfText, facts);
        return RecurrentSizes.Resolve(options, _default, isPublished: false, facts with { VocabularySize = tokens.Ids }) with
        {
            PadToken = tokens.Pad,
            EndOfText = tokens.EndOfText,
            DecoderStart = options.DecoderStart ?? tokens.Pad,
        };
    }

    /// <inheritdoc/>
    public Seq2SeqModel Build(Seq2SeqOptions options, BuildContext context) => new(options, context);

    /// <inheritdoc/>
    public ModelConfiguration Describe(Seq2SeqOptions options) => PairTokens.Describe(ConfigMap.Write(options, Map));

    /// <inheritdoc/>
    public Seq2SeqOptions Read(ModelConfiguration configuration) =>
        ConfigMap.Read(configuration, "config.json", new Seq2SeqOptions(), Map);

    private static Seq2SeqOptions Map(ConfigMap map, Seq2SeqOptions options)
    {
        map.Note("architectures", new JsonArray("LstmForConditionalGeneration"));
        map.Constant("is_encoder_decoder", true, "Encoders and decoders alone are not supported.");
        Seq2SeqOptions mapped = RecurrentConfiguration.MapSizes(map, options, ModelType) with
        {
            PadToken = map.TokenId("pad_token_id", options.PadToken, missing: 0),
            EndOfText = map.TokenId("eos_token_id", options.EndOfText, missing: 1),
            DecoderStart = map.TokenId("decoder_start_token_id", options.DecoderStart, missing: 0),
        };
        return mapped with
        {
            Attention = map.Value("attention", options.Attention, true),
            TieEmbeddings = map.Value("tie_weights", options.TieEmbeddings, true),
        };
    }
}
