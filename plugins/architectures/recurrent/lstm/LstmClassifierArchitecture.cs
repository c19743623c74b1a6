using Tenon.Layers;

namespace Tenon.Lstm;

/// <summary>
/// LSTM layers, by default in both directions (Graves and Schmidhuber 2005), with a linear map to the classes of texts or tokens. Its
/// folder has its own layout, with the parameter names of <c>torch.nn.LSTM</c>.
/// </summary>
[Architecture("lstm-classifier", "Recurrent classifier of texts or words with LSTM layers",
    ModelTypes = ["LstmForSequenceClassification", "LstmForTokenClassification"], Stability = Stability.Preview,
    TestSettings = ["layers=2", "hiddenSize=16", "embeddingSize=16", "contextLength=24", "initializerRange=0.5"])]
public sealed class LstmClassifierArchitecture : IArchitecture<RecurrentClassifierOptions, RecurrentClassifier>
{
    /// <inheritdoc/>
    public RecurrentClassifierOptions Resolve(RecurrentClassifierOptions options, ModelFacts facts) => ResolveClassifier(options, facts);

    /// <inheritdoc/>
    public RecurrentClassifier Build(RecurrentClassifierOptions options, BuildContext context) => new(options, RecurrentCell.Lstm, context);

    /// <inheritdoc/>
    public ModelConfiguration Describe(RecurrentClassifierOptions options) => new(ConfigMap.Write(options, Map));

    /// <inheritdoc/>
    public RecurrentClassifierOptions Read(ModelConfiguration configuration) =>
        ConfigMap.Read(configuration, "config.json", new RecurrentClassifierOptions(), Map);

    /// <inheritdoc/>
    public bool IsHead(string name) => LstmArchitecture.IsOfHead(name);

    /// <summary>Fills in sizes, head and classes.</summary>
    internal static RecurrentClassifierOptions ResolveClassifier(RecurrentClassifierOptions options, ModelFacts facts)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(facts);
        string labelled = facts.Data.LabelsWords ? RecurrentHeads.Tokens : RecurrentHeads.Texts;
        bool hasLabels = facts.Data.Labels.Count > 0;
        // Data with classes gets a head for those classes, unless the recipe requests a different one.
        string? requested = hasLabels && facts.IsOfFolder(nameof(options.Head)) ? null : options.Head;
        string head = requested ?? labelled;
        if (hasLabels && head != labelled)
        {
            throw new ModelException(
                $"'head' is '{head}', but the data labels {(facts.Data.LabelsWords ? "words" : "whole texts")}. " +
                $"Set it to '{labelled}', or remove it.");
        }

        RecurrentClassifierOptions resolved = RecurrentSizes.Resolve(options, RecurrentPresets.Classifier, isPublished: false, facts);
        return resolved with
        {
            Head = head,
            PadToken = CausalSequenceClassifier.ResolvePadToken(
                options.PadToken, facts.SpecialTokens.Pad, facts.SpecialTokens.EndOfText, ResolvedOptions.Value(resolved.VocabularySize)),
            Labels = ClassLabels.Resolve(options.Labels, facts.Data.Labels, $"the head '{head}'"),
        };
    }

    private static RecurrentClassifierOptions Map(ConfigMap map, RecurrentClassifierOptions options) =>
        RecurrentConfiguration.Map(map, options, RecurrentCell.Lstm);
}
