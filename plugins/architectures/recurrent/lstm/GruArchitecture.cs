using Tenon.Layers;

namespace Tenon.Lstm;

/// <summary>
/// A language model with GRU layers (Cho et al. 2014). Its folder has its own layout, with the parameter names of <c>torch.nn.GRU</c>.
/// </summary>
[Architecture("gru", "Recurrent language model with GRU layers", ModelTypes = ["gru"], Stability = Stability.Preview,
    TestSettings = ["layers=2", "hiddenSize=24", "embeddingSize=16", "contextLength=24", "initializerRange=0.5"])]
public sealed class GruArchitecture : IArchitecture<RecurrentModelOptions, RecurrentModel>
{
    /// <inheritdoc/>
    public RecurrentModelOptions Resolve(RecurrentModelOptions options, ModelFacts facts) => LstmArchitecture.ResolveModel(options, facts);

    /// <inheritdoc/>
    public RecurrentModel Build(RecurrentModelOptions options, BuildContext context) => new(options, RecurrentCell.Gru, context);

    /// <inheritdoc/>
    public ModelConfiguration Describe(RecurrentModelOptions options) => new(ConfigMap.Write(options, Map));

    /// <inheritdoc/>
    public RecurrentModelOptions Read(ModelConfiguration configuration) =>
        ConfigMap.Read(configuration, "config.json", new RecurrentModelOptions(), Map);

    /// <inheritdoc/>
    public bool IsHead(string name) => LstmArchitecture.IsOfHead(name);

    private static RecurrentModelOptions Map(ConfigMap map, RecurrentModelOptions options) =>
        RecurrentConfiguration.Map(map, options, RecurrentCell.Gru);
}
