using Tenon.Layers;

namespace Tenon.Lstm;

/// <summary>
/// A language model with LSTM layers (Hochreiter and Schmidhuber 1997; Zaremba et al. 2014). Its folder has its own layout, with the
/// parameter names of <c>torch.nn.LSTM</c>.
/// </summary>
[Architecture("lstm", "Recurrent language model with LSTM layers", ModelTypes = ["lstm"], Stability = Stability.Preview,
    TestSettings = ["layers=2", "hiddenSize=24", "embeddingSize=16", "contextLength=24", "initializerRange=0.5"])]
public sealed class LstmArchitecture : IArchitecture<RecurrentModelOptions, RecurrentModel>
{
    /// <inheritdoc/>
    public RecurrentModelOptions Resolve(RecurrentModelOptions options, ModelFacts facts) => ResolveModel(options, facts);

    /// <inheritdoc/>
    public RecurrentModel Build(RecurrentModelOptions options, BuildContext context) => new(options, RecurrentCell.Lstm, context);

    /// <inheritdoc/>
    public ModelConfiguration Describe(RecurrentModelOptions options) => new(ConfigMap.Write(options, Map));

    /// <inheritdoc/>
    public RecurrentModelOptions Read(ModelConfiguration configuration) =>
        ConfigMap.Read(configuration, "config.json", new RecurrentModelOptions(), Map);

    /// <inheritdoc/>
    public bool IsHead(string name) => IsOfHead(name);

    /// <summary>Whether a tensor belongs to a head, of a language model or a classifier.</summary>
    /// <param name="name">Name in the state dictionary.</param>
    internal static bool IsOfHead(string name) =>
        !name.StartsWith("embedding.", StringComparison.Ordinal)
        && !Enum.GetValues<RecurrentCell>().Any(cell => name.StartsWith($"{RecurrentSizes.NameOf(cell)}.", StringComparison.Ordinal));

    /// <summary>Fills in sizes and special tokens of a language model.</summary>
    internal static RecurrentModelOptions ResolveModel(RecurrentModelOptions options, ModelFacts facts)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(facts);
        bool isPublished = options.Preset is not null;
        int? end = options.EndOfText ?? facts.SpecialTokens.EndOfText;
        return RecurrentSizes.Resolve(options, RecurrentPresets.LanguageModels.Find(options.Preset), isPublished, facts) with
        {
            TieEmbeddings = options.TieEmbeddings ?? !isPublished,
            EndOfText = end,
            BeginOfText = options.BeginOfText ?? facts.SpecialTokens.BeginOfText ?? end,
        };
    }

    private static RecurrentModelOptions Map(ConfigMap map, RecurrentModelOptions options) =>
        RecurrentConfiguration.Map(map, options, RecurrentCell.Lstm);
}
