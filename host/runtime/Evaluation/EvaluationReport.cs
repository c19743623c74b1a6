using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Tenon.Host.Evaluation.Baselines;

namespace Tenon.Host.Evaluation;

/// <summary>Metrics of one class.</summary>
/// <param name="Label">Its name.</param>
/// <param name="Examples">Number of examples.</param>
/// <param name="Precision">Share of the predictions of this class that are correct.</param>
/// <param name="Recall">Share of its examples that were predicted correctly.</param>
/// <param name="F1">Harmonic mean of precision and recall.</param>
public sealed record ClassFigures(string Label, long Examples, double Precision, double Recall, double F1);

/// <summary>Metrics of a classifier.</summary>
/// <param name="Accuracy">Accuracy.</param>
/// <param name="MacroF1">Macro-F1.</param>
/// <param name="Baseline">Baseline without a neural network; null if there is none.</param>
/// <param name="Classes">Metrics of each class.</param>
/// <param name="Confusion">Counts: a row per true class, a column per predicted class.</param>
public sealed record ClassificationFigures(
    double Accuracy, double MacroF1, ClassificationBaseline? Baseline, IReadOnlyList<ClassFigures> Classes,
    IReadOnlyList<IReadOnlyList<long>> Confusion)
{
    /// <summary>Computes the metrics of a confusion matrix.</summary>
    internal static ClassificationFigures Of(ConfusionMatrix matrix, ClassificationBaseline? baseline) => new(
        matrix.Accuracy,
        matrix.MacroF1,
        baseline,
        [.. matrix.Labels.Index().Select(label => new ClassFigures(
            label.Item, matrix.Actual(label.Index), matrix.Precision(label.Index), matrix.Recall(label.Index), matrix.F1(label.Index)))],
        [.. matrix.Labels.Index()
            .Select(row => (IReadOnlyList<long>)[.. matrix.Labels.Index().Select(column => matrix[row.Index, column.Index])])]);
}

/// <summary>Result of <c>tenon eval</c>; also the content of <c>evaluation.json</c>.</summary>
public sealed record EvaluationReport
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>Path of the written <c>evaluation.json</c>; null unless <see cref="EvaluationOptions.Output"/> is set.</summary>
    [JsonIgnore]
    public string? File { get; init; }

    /// <summary>Path of the plot of the confusion matrix; null if none was drawn.</summary>
    [JsonIgnore]
    public string? ConfusionPlot { get; init; }

    /// <summary>Name of the architecture.</summary>
    public required string Model { get; init; }

    /// <summary>The split that was measured.</summary>
    public required Split Split { get; init; }

    /// <summary>Whether all examples were measured, without holding any out.</summary>
    public bool All { get; init; }

    /// <summary>Number of examples measured.</summary>
    public required long Examples { get; init; }

    /// <summary>
    /// The validation loss, a mean over all targets: the strategy's loss if it defines one, otherwise the model's own.
    /// </summary>
    public required double Loss { get; init; }

    /// <summary>exp(<see cref="Loss"/>) of a causal language model measured with its own loss, otherwise null.</summary>
    public double? Perplexity { get; init; }

    /// <summary>exp of a causal language model's own loss if <see cref="Loss"/> is the strategy's; otherwise null.</summary>
    public double? LanguageModelPerplexity { get; init; }

    /// <summary>Further metrics that the strategy's validation records, by name.</summary>
    public IReadOnlyDictionary<string, double> Figures { get; init; } = new Dictionary<string, double>();

    /// <summary>Losses of count models on the same tokens; empty if not applicable.</summary>
    public IReadOnlyList<LossBaseline> LossBaselines { get; init; } = [];

    /// <summary>Accuracy on masked tokens of a masked language model; otherwise null.</summary>
    public double? TokenAccuracy { get; init; }

    /// <summary>Metrics of entities in sequence tagging; otherwise null.</summary>
    public EntityFigures? Entities { get; init; }

    /// <summary>Metrics of a classifier with labelled data; otherwise null.</summary>
    public ClassificationFigures? Classification { get; init; }

    /// <summary>Metrics of masked words that a masked language model filled in; otherwise null.</summary>
    public ClozeFigures? Cloze { get; init; }

    /// <summary>Metrics of answers to questions about passages; otherwise null.</summary>
    public QuestionFigures? Questions { get; init; }

    /// <summary>Metrics of generated images of a denoiser; otherwise null.</summary>
    public GenerationFigures? Generation { get; init; }

    /// <summary>Metrics of generated replies in conversations; otherwise null.</summary>
    public AnswerFigures? Answers { get; init; }

    /// <summary>Warnings about the reliability of the metrics, as sentences.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>The counts from which <see cref="Classification"/> is computed.</summary>
    [JsonIgnore]
    internal ConfusionMatrix? Confusion { get; init; }

    /// <summary>Returns the report as JSON.</summary>
    public JsonNode ToJson() => JsonSerializer.SerializeToNode(this, Json)!;
}
