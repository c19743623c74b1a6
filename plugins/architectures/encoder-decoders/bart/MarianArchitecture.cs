using Tenon.Layers;

namespace Tenon.Bart;

/// <summary>
/// Marian's translation models (Junczys-Dowmunt et al. 2018) and the Transformer that they follow (Vaswani et al. 2017): an encoder
/// and a decoder with positions made of sines and cosines. Reads and writes the files of transformers' <c>MarianMTModel</c>.
/// </summary>
[Architecture("marian", "Encoder-decoder that translates: Marian, and the Transformer of 2017", ModelTypes = ["marian"],
    Stability = Stability.Preview,
    TestSettings = ["layers=2", "hiddenSize=32", "heads=4", "contextLength=24", "initializerRange=0.2", "dropout=0"])]
public sealed class MarianArchitecture : IArchitecture<MarianOptions, MarianModel>
{
    /// <inheritdoc/>
    public MarianOptions Resolve(MarianOptions options, ModelFacts facts)
    {
        ArgumentNullException.ThrowIfNull(options);
        PairTokens tokens = PairTokens.Resolve(options.PadToken, options.EndOfText, facts);
        return TransformerSizes.Resolve(options, TransformerPresets.Marian.Find(options.Preset), tokens, options.Preset is not null) with
        {
            DecoderStart = options.DecoderStart ?? tokens.Pad,
        };
    }

    /// <inheritdoc/>
    public MarianModel Build(MarianOptions options, BuildContext context) => new(options, context);

    /// <inheritdoc/>
    public ModelConfiguration Describe(MarianOptions options) =>
        PairTokens.Describe(ConfigMap.Write(options, TransformerConfiguration.Map));

    /// <inheritdoc/>
    public MarianOptions Read(ModelConfiguration configuration) =>
        ConfigMap.Read(configuration, "config.json", new MarianOptions(), TransformerConfiguration.Map);

    /// <summary>Positions are not weights, although some files contain them.</summary>
    /// <inheritdoc/>
    public string? WeightName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name.EndsWith(".embed_positions.weight", StringComparison.Ordinal) ? null : TransformerModel.WeightName(name);
    }
}
