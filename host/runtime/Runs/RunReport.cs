using System.Globalization;
using Spectre.Console;
using Tenon.Cli.Commands;
using Tenon.Cli.Console;
using Tenon.Cli.Plots;
using Tenon.Host.Artifacts;
using Tenon.Host.Artifacts.Metrics;
using Tenon.Host.Evaluation.Baselines;
using Tenon.Host.Recipes;

namespace Tenon.Host.Runs;

/// <summary>What a finished run shows its user.</summary>
/// <param name="Summary">Figures of the run.</param>
/// <param name="Baselines">Losses of count models on the same validation tokens.</param>
/// <param name="Folder">Where everything was written.</param>
/// <param name="Recipe">The run's recipe.</param>
public sealed record RunReport(RunSummary Summary, IReadOnlyList<LossBaseline> Baselines, RunFolder Folder, Recipe Recipe)
{
    /// <summary>What can be had on the validation examples without a network; null when there is nothing to compare with.</summary>
    public ClassificationBaseline? ClassBaseline { get; init; }

    /// <summary>Tables of the strategy.</summary>
    public IReadOnlyList<RunTable> Tables { get; init; } = [];

    /// <summary>Paths of the pictures that the strategy drew.</summary>
    public IReadOnlyList<string> Pictures { get; init; } = [];

    /// <summary>What can be done with the model: the program's words, with <c>{0}</c> for the folder.</summary>
    public IReadOnlyList<string> Verbs { get; init; } = [];

    /// <summary>How the program is called with the plugins of the run.</summary>
    internal string Program { get; init; } = ProgramName.Current;

    /// <summary>Shows the figures, the comparison, where things are and what to type next.</summary>
    /// <param name="console">Where.</param>
    public void Show(IAnsiConsole console)
    {
        ShowResult(console);
        if (Verbs.Count == 0 && Summary.Steps == 0)
            return;
        string folder = Path.GetRelativePath(Environment.CurrentDirectory, Folder.Path);
        // A recipe that starts from a folder may have got it from the command line: the run's own recipe has it.
        string recipe = Recipe.From is not null ? Path.GetRelativePath(Environment.CurrentDirectory, Folder.Recipe)
            : Recipe.File is { } file ? ShippedRecipes.Name(file) : "RECIPE";
        TextWriter text = console.Profile.Out.Writer;
        text.WriteLine();
        text.WriteLine("Next:");
        ShowVerbs(text, folder);
        if (Summary.Steps > 0)
            TrainOn(text, folder, recipe);
    }

    /// <summary>Shows the figures, the comparison, and where things are.</summary>
    /// <param name="console">Where.</param>
    internal void ShowResult(IAnsiConsole console)
    {
        Summary.Show(console);
        Compare(console);
        CompareClasses(console);
        foreach (RunTable table in Tables)
            ShowTable(console, table);
        TextWriter text = console.Profile.Out.Writer;
        text.WriteLine();
        if (string.Join(", ", Rewards(Folder)) is { Length: > 0 } rewards)
            text.WriteLine($"at the end   {rewards}");
        Place("loss curve", Folder.LossPlot);
        Place("figures", Folder.FiguresPlot);
        foreach (string picture in Pictures)
            Place("picture", picture);
        text.WriteLine($"artifact     {Path.GetRelativePath(Environment.CurrentDirectory, Folder.Path)}");

        void Place(string what, string file)
        {
            if (File.Exists(file))
                text.WriteLine($"{what,-13}{Path.GetRelativePath(Environment.CurrentDirectory, file)}");
        }
    }

    /// <summary>What the rewards of a run gave towards its end: the mean of the last tenth, since one batch says little.</summary>
    /// <param name="folder">The run's folder.</param>
    internal static IEnumerable<string> Rewards(RunFolder folder) => !File.Exists(folder.Metrics) ? [] : MetricsLog.ReadAll(folder.Metrics)
        .Where(figure => figure.Key.StartsWith(FigureNames.Reward, StringComparison.Ordinal))
        .Select(figure => string.Create(CultureInfo.InvariantCulture, $"{figure.Key} {figure.Value.TakeLast(Math.Max(1, figure.Value.Count / 10)).Average(point => point.Value):F3}"));

    /// <summary>Writes what can be done with the model, a command a line.</summary>
    /// <param name="text">Where.</param>
    /// <param name="folder">How the run's folder is called.</param>
    internal void ShowVerbs(TextWriter text, string folder)
    {
        foreach (string verb in Verbs)
            text.WriteLine($"  {Program} {string.Format(CultureInfo.InvariantCulture, verb, ShellWord.Of(folder))}");
    }

    private void TrainOn(TextWriter text, string folder, string recipe)
    {
        text.WriteLine(Summary.Stopped is null
            ? string.Create(CultureInfo.InvariantCulture, $"  {Program} resume {ShellWord.Of(folder)} --training:steps {2 * Summary.Steps}      train on")
            : $"  {Program} resume {ShellWord.Of(folder)} --strategy:patience 1000      train on");
        text.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {Program} run {ShellWord.Of(recipe)} --training:learningRate {Recipe.Training.LearningRate / 2}      change a setting"));
    }

    private static void ShowTable(IAnsiConsole console, RunTable shown)
    {
        var table = new Table().Border(TableBorder.Rounded).Title(Markup.Escape(shown.Title));
        foreach ((int index, string column) in shown.Columns.Index())
            table.AddColumn(index == 0 ? new TableColumn(Markup.Escape(column)) : new TableColumn(Markup.Escape(column)).RightAligned());
        foreach (IReadOnlyList<string> row in shown.Rows)
            table.AddRow([.. row.Select(Markup.Escape)]);
        console.Write(table);
    }

    private void Compare(IAnsiConsole console)
    {
        if (Baselines.Count == 0 || Summary.ValidationLoss is not { } loss)
            return;
        bool hidden = Baselines.Any(baseline => baseline.Accuracy is not null);
        var table = new Table().Border(TableBorder.Rounded).Title($"validation, on the same {(hidden ? "hidden " : "")}tokens")
            .AddColumn("model").AddColumn(new TableColumn("loss (nats a token)").RightAligned())
            .AddColumn(new TableColumn(hidden ? "predicted" : "perplexity").RightAligned());
        foreach (LossBaseline baseline in Baselines)
            Row(baseline.Label, baseline.Loss, baseline.Accuracy);
        Row($"{Recipe.Model.Use} (this run)", loss, Summary.Accuracy);
        console.Write(table);

        void Row(string name, double nats, double? accuracy) => table.AddRow(
            Markup.Escape(name),
            nats.ToString("F3", CultureInfo.InvariantCulture),
            hidden ? Wording.Share(accuracy ?? double.NaN) : Math.Exp(nats).ToString("N1", CultureInfo.InvariantCulture));
    }

    private void CompareClasses(IAnsiConsole console)
    {
        if (Summary is not { Accuracy: { } accuracy, MacroF1: { } macroF1 })
            return;
        List<ClassificationBaseline> rows = [new ClassificationBaseline($"{Recipe.Model.Use} (this run)", accuracy, macroF1)];
        if (ClassBaseline is not null)
            rows.Insert(0, ClassBaseline);
        ClassificationTable.Show(console, rows);
    }
}
