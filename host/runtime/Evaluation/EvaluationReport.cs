using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Tenon.Host.Evaluation.Baselines;

namespace Tenon.Host.Evaluation;

/// <summary>Figures of one class.</summary>
/// <param name="Label">Its name.</param>
/// <param name="Examples">Examples that have it.</param>
/// <param name="Precision">Share of the examples taken for it that have it.</param>
/// <param name="Recall">Share of its examples that were taken for it.</param>
/// <param name="F1">Harmonic mean of the two.</param>
public sealed record ClassFigures(string Label, long Examples, double Precision, double Recall, double F1);

/// <summary>How a classifier does.</summary>
/// <param name="Accuracy">Share of the examples whose class it predicted.</param>
/// <param name="MacroF1">Mean F1 of the classes.</param>
/// <param name="Baseline">What can be had without a network; null when there is nothing to compare with.</param>
/// <param name="Classes">Figures of each class.</param>
/// <param name="Confusion">Counts: a row for each class, a column for what it was taken for.</param>
public sealed record ClassificationFigures(
    double Accuracy, double MacroF1, ClassificationBaseline? Baseline, IReadOnlyList<ClassFigures> Classes, IReadOnlyList<IReadOnlyList<long>> Confusion)
{
    /// <summary>The figures of a matrix.</summary>
    internal static ClassificationFigures Of(ConfusionMatrix matrix, ClassificationBaseline? baseline) => new(
        matrix.Accuracy,
        matrix.MacroF1,
        baseline,
        [.. matrix.Labels.Index().Select(label => new ClassFigures(
            label.Item, matrix.Actual(label.Index), matrix.Precision(label.Index), matrix.Recall(label.Index), matrix.F1(label.Index)))],
        [.. matrix.Labels.Index().Select(row => (IReadOnlyList<long>)[.. matrix.Labels.Index().Select(column => matrix[row.Index, column.Index])])]);
}

/// <summary>What <c>tenon eval</c> found, which is also the content of <c>evaluation.json</c>.</summary>
public sealed record EvaluationReport
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>The run's folder. Not in the file, which may be moved with it.</summary>
    [JsonIgnore]
    public string Folder { get; init; } = "";

    /// <summary>Name of the architecture.</summary>
    public required string Model { get; init; }

    /// <summary>The part of the data.</summary>
    public required Split Split { get; init; }

    /// <summary>Examples measured on.</summary>
    public required long Examples { get; init; }

    /// <summary>What the run's validations report, a mean over all targets: the strategy's loss where it has one, else the model's own.</summary>
    public required double Loss { get; init; }

    /// <summary>exp(<see cref="Loss"/>) of a causal language model by its own loss, else null.</summary>
    public double? Perplexity { get; init; }

    /// <summary>exp of a causal language model's own loss, where <see cref="Loss"/> is the strategy's; else null.</summary>
    public double? LanguageModelPerplexity { get; init; }

    /// <summary>Further figures that the strategy's validations record, by name.</summary>
    public IReadOnlyDictionary<string, double> Figures { get; init; } = new Dictionary<string, double>();

    /// <summary>Losses of count models on the same tokens; empty when there is nothing to count.</summary>
    public IReadOnlyList<LossBaseline> LossBaselines { get; init; } = [];

    /// <summary>Share of the hidden tokens that a masked language model predicted; else null.</summary>
    public double? TokenAccuracy { get; init; }

    /// <summary>Entities, of a model that tags their words; else null.</summary>
    public EntityFigures? Entities { get; init; }

    /// <summary>Classes, of a classifier with labelled data.</summary>
    public ClassificationFigures? Classification { get; init; }

    /// <summary>Generated images, of a denoiser that was judged.</summary>
    public GenerationFigures? Generation { get; init; }

    /// <summary>What has to be known to trust the figures: sentences.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>The counts behind <see cref="Classification"/>.</summary>
    [JsonIgnore]
    internal ConfusionMatrix? Confusion { get; init; }

    /// <summary>The report as JSON.</summary>
    public JsonNode ToJson() => JsonSerializer.SerializeToNode(this, Json)!;
}
