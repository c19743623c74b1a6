using System.Globalization;
using System.Text.Json.Nodes;

namespace Tenon.Priming;

/// <summary>The result of one draw of examples.</summary>
/// <param name="Plain">Metrics of the most probable labels.</param>
/// <param name="Calibrated">Metrics after calibration, or null if calibration is off.</param>
/// <param name="Shown">Mean number of examples that fit in the prompt.</param>
internal sealed record Measured(Figures Plain, Figures? Calibrated, double Shown);

/// <summary>The metrics of a run as a table, a file and a plot.</summary>
/// <param name="options">The options of the run.</param>
/// <param name="labels">Names of the labels.</param>
/// <param name="queries">The evaluated examples.</param>
internal sealed class PrimingResults(PrimingOptions options, IReadOnlyList<string> labels, LabelledTextExample[] queries)
{
    private readonly List<(int Shots, int Draw, long[] Indices, Measured Measured)> _found = [];

    /// <summary>Adds a draw.</summary>
    public void Add(int shots, int draw, long[] indices, Measured measured) => _found.Add((shots, draw, indices, measured));

    /// <summary>The mean of a metric over the draws of K examples.</summary>
    public double Mean(int shots, Func<Measured, double> figure) => Of(shots).Average(figure);

    /// <summary>One row per K, and the baseline that always predicts the most frequent label.</summary>
    public RunTable Table()
    {
        string[] columns =
            ["examples in the prompt", "that fit", "accuracy", "macro-F1",
                .. options.Calibrate ? ["calibrated accuracy", "calibrated macro-F1"] : Array.Empty<string>()];
        List<IReadOnlyList<string>> rows =
            [[.. (string[])["most frequent label", "", Percent(MostFrequent.Accuracy), Percent(MostFrequent.MacroF1)],
                .. columns.Skip(4).Select(_ => "")]];
        foreach (int shots in Shots)
        {
            rows.Add([
                $"{shots}", Mean(shots, m => m.Shown).ToString("F1", CultureInfo.InvariantCulture),
                Spread(shots, m => m.Plain.Accuracy), Spread(shots, m => m.Plain.MacroF1),
                .. options.Calibrate
                ? [Spread(shots, m => m.Calibrated!.Accuracy), Spread(shots, m => m.Calibrated!.MacroF1)]
                : Array.Empty<string>()]);
        }

        return new RunTable($"priming, on {queries.Length} held-out examples", columns, rows);
    }

    /// <summary>Accuracy against K.</summary>
    public RunFigure Figure()
    {
        List<Curve> curves = [Curve("uncalibrated", m => m.Plain.Accuracy)];
        if (options.Calibrate)
            curves.Add(Curve("calibrated", m => m.Calibrated!.Accuracy));
        curves.Add(new Curve("most frequent label", [.. Shots.Select(shots => new CurvePoint(shots, 100 * MostFrequent.Accuracy))]));
        return new RunFigure("priming", "examples in the prompt", "accuracy, %", curves);

        Curve Curve(string name, Func<Measured, double> figure) =>
            new(name, [.. Shots.Select(shots => new CurvePoint(shots, 100 * Mean(shots, figure), 100 * Deviation(shots, figure)))]);
    }

    /// <summary>All results, each draw separately.</summary>
    public JsonObject Json() => new()
    {
        ["examples"] = queries.Length,
        ["labels"] = new JsonArray([.. labels.Select(label => (JsonNode)label)]),
        ["template"] = options.Template,
        ["most_frequent_label"] = Json(MostFrequent),
        ["results"] = new JsonArray([.. _found.Select(entry => (JsonNode)new JsonObject
        {
            ["shots"] = entry.Shots,
            ["draw"] = entry.Draw,
            ["drawn"] = new JsonArray([.. entry.Indices.Select(index => (JsonNode)index)]),
            ["found_room"] = entry.Measured.Shown,
            ["plain"] = Json(entry.Measured.Plain),
            ["calibrated"] = entry.Measured.Calibrated is { } calibrated ? Json(calibrated) : null,
        })]),
    };

    private IEnumerable<int> Shots => _found.Select(entry => entry.Shots).Distinct();

    private Figures MostFrequent
    {
        get
        {
            int[] actual = [.. queries.Select(example => example.Label)];
            int label = actual.CountBy(found => found).MaxBy(entry => entry.Value).Key;
            return Figures.Of(actual, [.. actual.Select(_ => label)]);
        }
    }

    private IEnumerable<Measured> Of(int shots) => _found.Where(entry => entry.Shots == shots).Select(entry => entry.Measured);

    private double Deviation(int shots, Func<Measured, double> figure)
    {
        double[] values = [.. Of(shots).Select(figure)];
        double mean = values.Average();
        return values.Length < 2 ? 0 : Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / (values.Length - 1));
    }

    private string Spread(int shots, Func<Measured, double> figure) => Of(shots).Skip(1).Any()
        ? $"{Percent(Mean(shots, figure))} ± {(100 * Deviation(shots, figure)).ToString("F1", CultureInfo.InvariantCulture)}"
        : Percent(Mean(shots, figure));

    private static string Percent(double share) => $"{(100 * share).ToString("F1", CultureInfo.InvariantCulture)} %";

    private static JsonObject Json(Figures figures) => new() { ["accuracy"] = figures.Accuracy, ["macro_f1"] = figures.MacroF1 };
}
