using System.Text.Json.Nodes;
using Tenon.Layers;

namespace Tenon.TextCnn;

/// <summary>
/// A temporal convolutional network as a language model: residual blocks of causal convolutions whose dilation doubles from block to
/// block (van den Oord et al. 2016; Bai et al. 2018). Blocks start with a layer norm instead of normalizing their weights. Its folder has
/// its own layout.
/// </summary>
[Architecture("tcn", "Convolutional language model with dilated causal convolutions", ModelTypes = [ModelType],
    Stability = Stability.Preview,
    TestSettings = ["layers=2", "hiddenSize=16", "kernelSize=2", "contextLength=24", "initializerRange=0.5"])]
public sealed class TcnArchitecture : IArchitecture<TcnOptions, TcnModel>
{
    private const string ModelType = "tcn";

    /// <inheritdoc/>
    public TcnOptions Resolve(TcnOptions options, ModelFacts facts)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(facts);
        int? end = options.EndOfText ?? facts.SpecialTokens.EndOfText;
        return options with
        {
            VocabularySize = LanguageConfiguration.ResolveVocabulary(options.VocabularySize, facts.VocabularySize, published: null),
            EndOfText = end,
            BeginOfText = options.BeginOfText ?? facts.SpecialTokens.BeginOfText ?? end,
        };
    }

    /// <inheritdoc/>
    public TcnModel Build(TcnOptions options, BuildContext context) => new(options, context);

    /// <inheritdoc/>
    public ModelConfiguration Describe(TcnOptions options) => new(ConfigMap.Write(options, Map));

    /// <inheritdoc/>
    public TcnOptions Read(ModelConfiguration configuration) => ConfigMap.Read(configuration, "config.json", new TcnOptions(), Map);

    /// <inheritdoc/>
    public bool IsHead(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return !name.StartsWith("embedding.", StringComparison.Ordinal) && !name.StartsWith("blocks.", StringComparison.Ordinal)
            && !name.StartsWith("norm.", StringComparison.Ordinal);
    }

    private static TcnOptions Map(ConfigMap map, TcnOptions options)
    {
        map.Note("architectures", new JsonArray("TcnForCausalLM"));
        map.Constant("model_type", ModelType);
        TcnOptions mapped = options with
        {
            VocabularySize = map.Value("vocab_size", options.VocabularySize, 0),
            HiddenSize = map.Value("hidden_size", options.HiddenSize, 256),
            Layers = map.Value("num_layers", options.Layers, 6),
            KernelSize = map.Value("kernel_size", options.KernelSize, 3),
            ContextLength = map.Value("context_length", options.ContextLength, 256),
            Dropout = map.Value("dropout", options.Dropout, 0.0),
            InitializerRange = map.Value("initializer_range", options.InitializerRange, 0.1),
            BeginOfText = map.TokenId("bos_token_id", options.BeginOfText),
            EndOfText = map.TokenId("eos_token_id", options.EndOfText),
        };
        return mapped with { TieEmbeddings = map.Value("tie_weights", options.TieEmbeddings, true) };
    }
}
