using Tenon.Layers;

namespace Tenon.Bart;

/// <summary>
/// BART: an encoder and a decoder with learned positions, pre-trained by restoring damaged text (Lewis et al. 2019). Reads and writes
/// the files of transformers' <c>BartForConditionalGeneration</c>.
/// </summary>
[Architecture("bart", "Encoder-decoder that restores and summarizes texts: BART", ModelTypes = ["bart"], Stability = Stability.Preview,
    TestSettings = ["layers=2", "hiddenSize=32", "heads=4", "contextLength=24", "initializerRange=0.2", "dropout=0"])]
public sealed class BartArchitecture : IArchitecture<BartOptions, BartModel>
{
    /// <inheritdoc/>
    public BartOptions Resolve(BartOptions options, ModelFacts facts)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(facts);
        PairTokens tokens = PairTokens.Resolve(options.PadToken, options.EndOfText, facts);
        int mask = options.MaskToken ?? facts.SpecialTokens.Mask ?? tokens.Ids ?? 0;
        if (tokens.Ids is { } ids)
            tokens = tokens with { Ids = Math.Max(ids, mask + 1) };
        return TransformerSizes.Resolve(options, TransformerPresets.Bart.Find(options.Preset), tokens, options.Preset is not null) with
        {
            MaskToken = mask,
            BeginOfText = options.BeginOfText ?? facts.SpecialTokens.BeginOfText ?? facts.SpecialTokens.Classify,
            DecoderStart = options.DecoderStart ?? tokens.EndOfText,
        };
    }

    /// <inheritdoc/>
    public BartModel Build(BartOptions options, BuildContext context) => new(options, context);

    /// <inheritdoc/>
    public ModelConfiguration Describe(BartOptions options) =>
        PairTokens.Describe(ConfigMap.Write(options, TransformerConfiguration.Map));

    /// <inheritdoc/>
    public BartOptions Read(ModelConfiguration configuration) =>
        ConfigMap.Read(configuration, "config.json", new BartOptions(), TransformerConfiguration.Map);

    /// <inheritdoc/>
    public string? WeightName(string name) => TransformerModel.WeightName(name);

    /// <summary>Learned positions are truncated to a shorter context.</summary>
    /// <inheritdoc/>
    public Tensor? Adapt(string name, Tensor found, IReadOnlyList<long> wanted)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name.EndsWith(".embed_positions.weight", StringComparison.Ordinal) ? PositionTable.Shorter(found, wanted) : null;
    }
}
