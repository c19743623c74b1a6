using System.Globalization;
using Spectre.Console;
using Tenon.Host;
using Tenon.Studies;

namespace Tenon.TaskStudy;

/// <summary>Runs the study. It resumes where it was stopped, because every figure is stored in results.csv.</summary>
/// <param name="size">How much is run.</param>
/// <param name="folder">Where models and results are stored.</param>
/// <param name="recipes">The recipes.</param>
/// <param name="host">Runs them.</param>
/// <param name="console">Receives progress and the table.</param>
internal sealed class StudyRun(StudySize size, string folder, StudyRecipes recipes, TenonHost host, IAnsiConsole console)
{
    // Learning rates are chosen with a seed and examples that are not reported.
    private const int TrialSeed = 9;
    private const string BaseSeconds = "base,,,,seconds", BaseParameters = "base,,,,parameters";
    private static readonly bool[] _both = [true, false];
    private readonly StoredFigures _figures = new(Path.Combine(folder, "results.csv"), "task,model,rate,seed,figure,value");

    /// <summary>Runs everything that has no result yet, and shows the table.</summary>
    /// <param name="seeds">Seeds of the reported runs.</param>
    public void Complete(IReadOnlyList<int> seeds)
    {
        PlainText.Write(host, folder, size.BaseLines);
        Pretrain();
        foreach (StudyTask task in StudyTask.All)
        {
            var files = new TaskFiles(task, folder);
            files.Write(host, size);
            var trainer = new TaskTrainer(host, recipes, task, files);
            foreach (bool isLarge in _both)
            {
                foreach (double rate in Trials(task, isLarge).Where(rate => !_figures.Has(Key(task, isLarge, rate, TrialSeed, "score"))))
                    Store(task, isLarge, rate, TrialSeed, trainer.Run(isLarge, TaskSplit.Tune, rate, TrialSeed));
                double best = Best(task, isLarge);
                foreach (int seed in seeds.Where(seed => !_figures.Has(Key(task, isLarge, best, seed, "score"))))
                    Store(task, isLarge, best, seed, trainer.Run(isLarge, TaskSplit.Test, best, seed));
            }
        }

        Show(seeds);
    }

    private void Pretrain()
    {
        if (_figures.Has(BaseSeconds, BaseParameters))
            return;
        if (Directory.Exists(recipes.Base))
            Directory.Delete(recipes.Base, recursive: true);
        console.WriteLine("pre-training the large model");
        Host.Recipes.Recipe recipe = host.ReadObject(recipes.Pretraining()).GetRecipe();
        double seconds = host.Run(recipe).Summary.Time.TotalSeconds;
        using (Host.Models.OpenedModel opened = host.Open(recipes.Base))
            _figures.Add(BaseParameters, opened.Model.Module.parameters().Sum(parameter => parameter.numel()));
        _figures.Add(BaseSeconds, seconds);
    }

    private void Store(StudyTask task, bool isLarge, double rate, int seed, Outcome outcome)
    {
        _figures.Add(Key(task, isLarge, rate, seed, "parameters"), outcome.Parameters);
        _figures.Add(Key(task, isLarge, rate, seed, "seconds"), outcome.Seconds);
        _figures.Add(Key(task, isLarge, rate, seed, "score"), outcome.Score);
        console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{task.Name}, {(isLarge ? "adapter" : task.Small.Title)} at {rate}, seed {seed}: {task.Measure} {outcome.Score:F1}, " +
            $"{outcome.Seconds:F0} s"));
    }

    private void Show(IReadOnlyList<int> seeds)
    {
        console.WriteLine("one pre-trained model with an adapter for each task, and a small model for each task; higher is better");
        Table table = new Table().Border(TableBorder.Rounded).AddColumn("task").AddColumn(new TableColumn("labels").RightAligned())
            .AddColumn("measure").AddColumn("model").AddColumn(new TableColumn("score").RightAligned())
            .AddColumn(new TableColumn("trained parameters").RightAligned()).AddColumn(new TableColumn("training, s").RightAligned())
            .AddColumn("learning rate").AddColumn("scores of the rates that were tried");
        foreach (StudyTask task in StudyTask.All)
        {
            int labels = new TaskFiles(task, folder).Read(TaskSplit.Train).Count;
            foreach (bool isLarge in _both)
            {
                double best = Best(task, isLarge);
                double[] scores = Figures(task, isLarge, seeds, "score");
                table.AddRow(
                    isLarge ? task.Name : "", isLarge ? Whole(labels) : "", isLarge ? task.Measure : "",
                    isLarge ? "adapter" : task.Small.Title, Mean(scores), Whole(Figures(task, isLarge, seeds, "parameters")[0]),
                    Whole(Figures(task, isLarge, seeds, "seconds").Average()), best.ToString(CultureInfo.InvariantCulture),
                    string.Join("   ", Trials(task, isLarge).Select(rate => string.Create(
                        CultureInfo.InvariantCulture, $"{rate}: {_figures.Of(Key(task, isLarge, rate, TrialSeed, "score")):F1}"))));
            }
        }

        console.Write(table);
        foreach (bool isLarge in _both)
        {
            double parameters = StudyTask.All.Sum(task => Figures(task, isLarge, seeds, "parameters")[0]);
            double seconds = StudyTask.All.Sum(task => Figures(task, isLarge, seeds, "seconds").Average());
            string shared = isLarge
                ? $" and {Whole(_figures.Of(BaseParameters)!.Value)} shared ones, pre-trained in " +
                    $"{Whole(_figures.Of(BaseSeconds)!.Value)} s"
                : "";
            console.WriteLine(
                $"{(isLarge ? "five adapters" : "five small models")}: {Whole(parameters)} parameters{shared}; " +
                $"trained in {Whole(seconds)} s");
        }
    }

    private IEnumerable<double> Rates(StudyTask task, bool isLarge) =>
        (isLarge ? StudyRecipes.AdapterRates : task.Small.Rates).Take(size.Rates);

    // A single rate needs no trial.
    private IEnumerable<double> Trials(StudyTask task, bool isLarge) => size.Rates > 1 ? Rates(task, isLarge) : [];

    private double Best(StudyTask task, bool isLarge) =>
        Rates(task, isLarge).MaxBy(rate => _figures.Of(Key(task, isLarge, rate, TrialSeed, "score")));

    private double[] Figures(StudyTask task, bool isLarge, IReadOnlyList<int> seeds, string figure) =>
        [.. seeds.Select(seed => _figures.Of(Key(task, isLarge, Best(task, isLarge), seed, figure))!.Value)];

    private static string Key(StudyTask task, bool isLarge, double rate, int seed, string figure) => string.Create(
        CultureInfo.InvariantCulture, $"{task.Name},{(isLarge ? "large" : "small")},{rate},{seed},{figure}");

    private static string Mean(double[] scores)
    {
        (double mean, double deviation) = OverSeeds.Of(scores);
        string spread = scores.Length < 2 ? "" : string.Create(CultureInfo.InvariantCulture, $" ± {deviation:F1}");
        return mean.ToString("F1", CultureInfo.InvariantCulture) + spread;
    }

    private static string Whole(double value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
