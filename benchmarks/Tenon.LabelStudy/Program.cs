using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Spectre.Console;
using Tenon.Host;
using Tenon.Host.Artifacts;
using Tenon.Host.Recipes;
using Tenon.Host.Runs;
using Tenon.LabelStudy;

// dotnet run --project benchmarks/Tenon.LabelStudy -c Release [folder]
// How many labels each method needs: macro-F1 on held-out examples by number of labels, method and seed; each method uses the
// learning rate that was best on a different split of the examples. Resumes where it stopped, because every run's result is
// stored in rates.csv and results.csv.
string folder = Path.GetFullPath(args.Length > 0 ? args[0] : Path.Combine("runs", "label-study"));
int[] seeds = args.Length > 1 ? [.. args[1].Split(',').Select(seed => int.Parse(seed, CultureInfo.InvariantCulture))] : [1, 2, 3];
Directory.CreateDirectory(folder);
var results = new Results(Path.Combine(folder, "results.csv"));
using var host = new TenonHost(new TenonOptions(), NullLoggerFactory.Instance);

string from = Path.Combine(folder, "base");
if (!File.Exists(Path.Combine(from, "model.safetensors")))
{
    if (Directory.Exists(from))
        Directory.Delete(from, recursive: true);
    AnsiConsole.WriteLine("pre-training the base model");
    RunSummary trained = Run(Recipes.Base(folder)).Summary;
    AnsiConsole.WriteLine(
        string.Create(
            CultureInfo.InvariantCulture, $"base: validation loss {trained.ValidationLoss:F3}, {trained.Time.TotalSeconds:F0} s"));
}

// Seed by seed, so that the results of a study that is stopped early are a complete study with fewer seeds.
Cell[] cells =
[
    .. from seed in seeds
       from data in Recipes.Data
       from labels in data.Labels
       from method in Method.All
       select new Cell(data.Name, method, labels, seed),
];
Dictionary<string, string> texts = Recipes.Data.ToDictionary(data => data.Name, data => LabelledTexts.Write(folder, data.Name, host));
var rates = new LearningRates(Path.Combine(folder, "rates.csv"));
foreach ((Cell cell, double rate) in LearningRates.Trials.Where(trial => !rates.Has(trial.Cell, trial.Rate)))
{
    RunReport report = RunCell(cell, rate);
    rates.Add(cell, rate, report.Summary.MacroF1!.Value);
    AnsiConsole.WriteLine(
        string.Create(
            CultureInfo.InvariantCulture,
            $"{cell.Name} at {rate}: macro-F1 {report.Summary.MacroF1:F3}, {report.Summary.Time.TotalSeconds:F1} s"));
}

foreach ((int index, Cell cell) in cells.Index().Where(entry => !results.Has(entry.Item)))
{
    RunReport report = RunCell(cell, rates.Best(cell));
    results.Add(cell, new Result(report.Summary.MacroF1!.Value, report.Summary.Accuracy!.Value, report.Summary.Time.TotalSeconds));
    Cell baseline = cell with { Method = Method.NaiveBayes };
    if (report.ClassBaseline is { } counted && !results.Has(baseline))
        results.Add(baseline, new Result(counted.MacroF1, counted.Accuracy, 0));
    AnsiConsole.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"{index + 1}/{cells.Length} {cell.Name}: macro-F1 {report.Summary.MacroF1:F3}, {report.Summary.Time.TotalSeconds:F1} s"));
}

rates.Show();
results.Show(folder);

RunReport RunCell(Cell cell, double rate)
{
    string output = Path.Combine(folder, "cells");
    if (Directory.Exists(output))
        Directory.Delete(output, recursive: true);
    RunReport report = Run(Recipes.Of(cell, rate, from, output, texts[cell.Data]));
    Directory.Delete(output, recursive: true);
    return report;
}

RunReport Run(System.Text.Json.Nodes.JsonObject recipe)
{
    RecipeReading reading = RecipeReader.Read(recipe, folder, host.Catalogue);
    return host.Run(reading.Recipe ?? throw new RecipeException(reading.Findings));
}
