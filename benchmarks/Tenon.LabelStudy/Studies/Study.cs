using System.Globalization;
using System.Text.Json.Nodes;
using Tenon.Host;

namespace Tenon.LabelStudy.Studies;

/// <summary>What is compared: methods that learn from few labels, and the data that they learn from.</summary>
internal abstract class Study
{
    /// <summary>Examples in a training batch.</summary>
    protected const int BatchSize = 32;

    /// <summary>All studies; the first is the default.</summary>
    public static IReadOnlyList<Study> All { get; } = [new TextStudy(), new AutoencoderStudy(), new ArchitectureStudy()];

    /// <summary>Its name on the command line.</summary>
    public abstract string Name { get; }

    /// <summary>The labelled data.</summary>
    public abstract IReadOnlyList<LabelledData> Data { get; }

    /// <summary>The methods, in the order of the tables.</summary>
    public abstract IReadOnlyList<Method> Methods { get; }

    /// <summary>The baseline without a network that runs on this data report.</summary>
    public abstract Method Baseline { get; }

    /// <summary>Number of labels of the runs that choose the learning rates.</summary>
    public abstract int TrialLabels { get; }

    /// <summary>The name of the reported measure.</summary>
    public abstract string Measure { get; }

    /// <summary>The reported measure of a result, in [0, 1].</summary>
    public abstract double Of(Result result);

    /// <summary>The recipe of the model that is pre-trained without labels; null if every method starts from scratch.</summary>
    /// <param name="output">The parent of the run's folder, which is named <c>base</c>.</param>
    public virtual JsonObject? Base(string output) => null;

    /// <summary>Prepares the data once for all runs.</summary>
    /// <param name="folder">The study's folder.</param>
    /// <param name="host">Opens the data.</param>
    public virtual void Prepare(string folder, TenonHost host) { }

    /// <summary>The recipe of a cell.</summary>
    /// <param name="cell">The cell.</param>
    /// <param name="rate">Its learning rate.</param>
    /// <param name="folder">The study's folder, which contains the pre-trained model as <c>base</c>.</param>
    /// <param name="output">The parent of the run's folder.</param>
    public virtual JsonObject Recipe(Cell cell, double rate, string folder, string output)
    {
        LabelledData data = Data.First(data => data.Name == cell.Data);
        JsonObject model = Parse(cell.Method.Model);
        if (cell.Method.FromBase)
            model["from"] = BaseFolder(folder);
        return Parse(string.Create(CultureInfo.InvariantCulture, $$"""
            {
              "name": {{Quote(cell.Name)}}, "seed": {{cell.Seed}}, "output": {{Quote(output)}},
              "device": { "use": "cpu", "threads": 1, "precision": "auto" },
              "data": {{data.Section}},
              "model": {{model.ToJsonString()}},
              "strategy": {{cell.Method.Strategy}},
              "training": {
                "steps": {{Steps(cell.Labels)}}, "batchSize": {{BatchSize}}, "examples": {{cell.Labels}}, "learningRate": {{rate}},
                "warmupSteps": 10, "logEvery": 1000
              },
              "validation": { "share": {{data.HeldOut}}, "seed": {{cell.Division}} }
            }
            """));
    }

    /// <summary>The folder of the pre-trained model.</summary>
    /// <param name="folder">The study's folder.</param>
    public static string BaseFolder(string folder) => Path.Combine(folder, "base");

    /// <summary>Training steps for a number of labels.</summary>
    protected abstract int Steps(int labels);

    /// <summary>Parses a recipe.</summary>
    protected static JsonObject Parse(string json) => JsonNode.Parse(json)!.AsObject();

    /// <summary>A text as JSON.</summary>
    protected static string Quote(string text) => JsonValue.Create(text).ToJsonString();
}
