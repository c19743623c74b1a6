using System.Text.Json.Nodes;
using Spectre.Console;
using Tenon.Host;
using Tenon.Host.Artifacts;
using Tenon.Host.Recipes;
using Tenon.Host.Runs;
using Tenon.LabelStudy.Studies;

namespace Tenon.LabelStudy;

/// <summary>Runs a study. It resumes where it stopped, because every run's result is stored in rates.csv and results.csv.</summary>
/// <param name="study">The study.</param>
/// <param name="folder">Where models and results are stored.</param>
/// <param name="host">Runs the recipes.</param>
/// <param name="console">Receives progress and results.</param>
internal sealed class StudyRun(Study study, string folder, TenonHost host, IAnsiConsole console)
{
    private readonly Results _results = new(study, Path.Combine(folder, "results.csv"));
    private readonly LearningRates _rates = new(study, Path.Combine(folder, "rates.csv"));

    /// <summary>Runs everything that has no result yet, and shows all results.</summary>
    /// <param name="seeds">The seeds.</param>
    public void Complete(IReadOnlyList<int> seeds)
    {
        Pretrain();
        study.Prepare(folder, host);
        foreach ((Cell cell, double rate) in _rates.Trials.Where(trial => !_rates.Has(trial.Cell, trial.Rate)))
        {
            Result found = ResultOf(RunCell(cell, rate));
            _rates.Add(cell, rate, study.Of(found));
            console.WriteLine($"{cell.Name} at {rate}: {study.Measure} {study.Of(found):F3}, {found.Seconds:F1} s");
        }

        // Seed by seed, so that the results of a study that is stopped early are a complete study with fewer seeds.
        Cell[] cells =
        [
            .. from seed in seeds
               from data in study.Data
               from labels in data.Labels
               from method in study.Methods
               select new Cell(data.Name, method, labels, seed),
        ];
        foreach ((int index, Cell cell) in cells.Index().Where(entry => !_results.Has(entry.Item)))
        {
            RunReport report = RunCell(cell, _rates.Best(cell));
            Result found = ResultOf(report);
            _results.Add(cell, found);
            Cell baseline = cell with { Method = study.Baseline };
            if (report.ClassBaseline is { } counted && !_results.Has(baseline))
                _results.Add(baseline, new Result(counted.MacroF1, counted.Accuracy, 0));
            console.WriteLine($"{index + 1}/{cells.Length} {cell.Name}: {study.Measure} {study.Of(found):F3}, {found.Seconds:F1} s");
        }

        _rates.Show(console);
        _results.Show(folder, console);
    }

    private void Pretrain()
    {
        string from = Study.BaseFolder(folder);
        if (File.Exists(Path.Combine(from, "model.safetensors")) || study.Base(folder) is not { } recipe)
            return;
        if (Directory.Exists(from))
            Directory.Delete(from, recursive: true);
        console.WriteLine("pre-training the base model");
        RunSummary trained = Run(recipe).Summary;
        string loss = trained.ValidationLoss is { } measured ? $"validation loss {measured:F3}, " : "";
        console.WriteLine($"base: {loss}{trained.Time.TotalSeconds:F0} s");
    }

    private RunReport RunCell(Cell cell, double rate)
    {
        string output = Path.Combine(folder, "cells");
        if (Directory.Exists(output))
            Directory.Delete(output, recursive: true);
        RunReport report = Run(study.Recipe(cell, rate, folder, output));
        Directory.Delete(output, recursive: true);
        return report;
    }

    private RunReport Run(JsonObject recipe)
    {
        RecipeReading reading = RecipeReader.Read(recipe, folder, host.Catalogue);
        return host.Run(reading.Recipe ?? throw new RecipeException(reading.Findings));
    }

    private static Result ResultOf(RunReport report) =>
        new(report.Summary.MacroF1!.Value, report.Summary.Accuracy!.Value, report.Summary.Time.TotalSeconds);
}
