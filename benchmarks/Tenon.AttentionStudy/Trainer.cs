using System.Globalization;
using System.Text.Json.Nodes;
using Tenon.Host;
using Tenon.Host.Evaluation;
using Tenon.Host.Recipes;
using Tenon.Host.Runs;

namespace Tenon.AttentionStudy;

/// <summary>Trains models on generated sequences.</summary>
/// <param name="host">Runs the recipes.</param>
/// <param name="folder">The study's folder. A run's own folder in it is deleted when its results are known.</param>
/// <param name="threads">Threads of torch.</param>
internal sealed class Trainer(TenonHost host, string folder, int threads)
{
    private const int WarmupSteps = 50;
    // More than there are held-out sequences.
    private const int MaxAnswers = 100_000;

    /// <summary>Number of parameters of a model.</summary>
    public long Parameters(StudyModel model) => host.Plan(Read(Recipe(model, """{ "use": "sequences" }""", new Setting(1, 1)))).Parameters;

    /// <summary>Trains a model and evaluates it on held-out sequences.</summary>
    /// <param name="model">The model.</param>
    /// <param name="data">The recipe's section for the data.</param>
    /// <param name="setting">Steps and seed.</param>
    /// <param name="evaluations">For each evaluation, settings of the data, as on the command line.</param>
    /// <returns>For each evaluation, the share of exact responses; and the seconds of the training.</returns>
    public (IReadOnlyList<double> Exact, double Seconds) Train(
        StudyModel model, string data, Setting setting, IReadOnlyList<string[]> evaluations)
    {
        string output = Path.Combine(folder, "runs");
        if (Directory.Exists(output))
            Directory.Delete(output, recursive: true);
        RunReport report = host.Run(Read(Recipe(model, data, setting)));
        var options = new EvaluationOptions { Split = Split.Validation, Answers = MaxAnswers };
        double[] exact = [.. evaluations.Select(settings => host.Evaluate(report.Folder.Path, options, settings).Answers!.Exact)];
        Directory.Delete(output, recursive: true);
        return (exact, report.Summary.Time.TotalSeconds);
    }

    /// <summary>Reads a recipe.</summary>
    public Recipe Read(JsonObject recipe) => RecipeReader.Read(recipe, folder, host.Catalogue).GetRecipe();

    /// <summary>The recipe of a run.</summary>
    public JsonObject Recipe(StudyModel model, string data, Setting setting) => JsonNode.Parse(string.Create(
        CultureInfo.InvariantCulture,
        $$"""
        {
          "name": "{{model.Key}}", "seed": {{setting.Seed}}, "output": {{JsonValue.Create(Path.Combine(folder, "runs")).ToJsonString()}},
          "device": { "use": "cpu", "threads": {{threads}}, "precision": "fp32" },
          "data": {{data}},
          "tokenizer": { "use": "bytes" },
          "model": {{model.Section}},
          "strategy": { "use": "pretrain" },
          "training": {
            "steps": {{setting.Steps}}, "batchSize": {{setting.BatchSize}}, "learningRate": {{model.LearningRate}},
            "warmupSteps": {{Math.Min(WarmupSteps, setting.Steps / 10)}}, "beta2": 0.98, "logEvery": 1000
          }
        }
        """))!.AsObject();
}

/// <summary>Settings of a training run that do not depend on the model.</summary>
/// <param name="Steps">Training steps.</param>
/// <param name="Seed">Determines the initial parameters and the order of training.</param>
internal sealed record Setting(int Steps, int Seed)
{
    /// <summary>The value of <see cref="BatchSize"/> unless it is set.</summary>
    public const int DefaultBatchSize = 32;

    /// <summary>Sequences of a step.</summary>
    public int BatchSize { get; init; } = DefaultBatchSize;

    /// <summary>The number of sequences to draw: a new one each time, up to a maximum.</summary>
    /// <param name="steps">Training steps.</param>
    /// <param name="batchSize">Sequences of a step.</param>
    /// <param name="most">The maximum.</param>
    public static int Sequences(int steps, int batchSize, int most) => Math.Min(most, steps * batchSize);
}
