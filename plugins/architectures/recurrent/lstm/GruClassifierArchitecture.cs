using Tenon.Layers;

namespace Tenon.Lstm;

/// <summary>
/// GRU layers, by default in both directions, with a linear map to the classes of texts or tokens. Its folder has its own layout, with
/// the parameter names of <c>torch.nn.GRU</c>.
/// </summary>
[Architecture("gru-classifier", "Recurrent classifier of texts or words with GRU layers",
    ModelTypes = ["GruForSequenceClassification", "GruForTokenClassification"], Stability = Stability.Preview,
    TestSettings = ["layers=2", "hiddenSize=16", "embeddingSize=16", "contextLength=24", "initializerRange=0.5"])]
public sealed class GruClassifierArchitecture : IArchitecture<RecurrentClassifierOptions, RecurrentClassifier>
{
    /// <inheritdoc/>
    public RecurrentClassifierOptions Resolve(RecurrentClassifierOptions options, ModelFacts facts) =>
        LstmClassifierArchitecture.ResolveClassifier(options, facts);

    /// <inheritdoc/>
    public RecurrentClassifier Build(RecurrentClassifierOptions options, BuildContext context) => new(options, RecurrentCell.Gru, context);

    /// <inheritdoc/>
    public ModelConfiguration Describe(RecurrentClassifierOptions options) => new(ConfigMap.Write(options, Map));

    /// <inheritdoc/>
    public RecurrentClassifierOptions Read(ModelConfiguration configuration) =>
        ConfigMap.Read(configuration, "config.json", new RecurrentClassifierOptions(), Map);

    /// <inheritdoc/>
    public bool IsHead(string name) => LstmArchitecture.IsOfHead(name);

    private static RecurrentClassifierOptions Map(ConfigMap map, RecurrentClassifierOptions options) =>
        RecurrentConfiguration.Map(map, options, RecurrentCell.Gru);
}
