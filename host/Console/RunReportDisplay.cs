using System.Globalization;
using Spectre.Console;
using Tenon.Host.Artifacts;
using Tenon.Host.Artifacts.Metrics;
using Tenon.Host.Evaluation.Baselines;
using Tenon.Host.Recipes;
using Tenon.Host.Runs;

namespace Tenon.Cli.Console;

/// <summary>Shows the result of a finished run.</summary>
internal static class RunReportDisplay
{
    /// <summary>Shows the figures, the comparison, the location of the files, and the commands to try next.</summary>
    /// <param name="report">The result.</param>
    /// <param name="console">Where to write.</param>
    /// <param name="program">The command that runs the program with the run's plugins.</param>
    public static void Show(this RunReport report, IAnsiConsole console, string program)
    {
        if (report.WasFinished)
        {
            ShowFinished(report, console.Text(), program);
            return;
        }

        report.ShowResult(console);
        if (report.Uses.Count == 0 && report.Summary.Steps == 0)
            return;
        TextWriter text = console.Text();
        text.WriteLine();
        text.WriteLine("Next:");
        report.ShowUses(text, program);
        if (report.Summary.Steps > 0)
            ShowTraining(report, text, program);
    }

    /// <summary>Shows the figures, the comparison, and the location of the files.</summary>
    /// <param name="report">The result.</param>
    /// <param name="console">Where to write.</param>
    public static void ShowResult(this RunReport report, IAnsiConsole console)
    {
        report.Summary.Show(console);
        CompareLosses(report, console);
        CompareClasses(report, console);
        foreach (RunTable table in report.Tables)
            Show(table, console);
        TextWriter text = console.Text();
        text.WriteLine();
        if (string.Join(", ", Rewards(report.Folder)) is { Length: > 0 } rewards)
            text.WriteLine($"at the end   {rewards}");
        Locate("loss curve", report.Folder.LossPlot);
        Locate("figures", report.Folder.FiguresPlot);
        foreach (string picture in report.Pictures)
            Locate("picture", picture);
        text.WriteLine($"artifact     {TextFormat.Relative(report.Folder.Path)}");

        void Locate(string what, string file)
        {
            if (File.Exists(file))
                text.WriteLine($"{what,-13}{TextFormat.Relative(file)}");
        }
    }

    /// <summary>Shows what the model can be used for, one command per line.</summary>
    /// <param name="report">The result.</param>
    /// <param name="text">Where to write.</param>
    /// <param name="program">The command that runs the program.</param>
    public static void ShowUses(this RunReport report, TextWriter text, string program)
    {
        string folder = ShellWord.Of(TextFormat.Relative(report.Folder.Path));
        foreach (ModelUse use in report.Uses)
            text.WriteLine($"  {program} {NextCommand.Of(use, folder)}");
    }

    /// <summary>Returns the rewards at the end of a run: <c>reward/length 0.812</c>.</summary>
    /// <param name="folder">The run's folder.</param>
    public static IEnumerable<string> Rewards(RunFolder folder) =>
        FinalRewards.Of(folder).Select(reward => string.Create(CultureInfo.InvariantCulture, $"{reward.Name} {reward.Mean:F3}"));

    // Results that a finished run already printed are not repeated: it would look as if this command had trained.
    private static void ShowFinished(RunReport report, TextWriter text, string program)
    {
        string steps = report.Summary.Steps > 0 ? string.Create(CultureInfo.InvariantCulture, $" after step {report.Summary.Steps}") : "";
        text.WriteLine($"The run in '{TextFormat.Relative(report.Folder.Path)}' is already finished{steps}; nothing was trained.");
        if (report.Summary.Stopped is { } stopped)
            text.WriteLine($"It stopped {stopped}.");
        text.WriteLine();
        text.WriteLine("Next:");
        if (report.Summary.Steps > 0)
            ShowTraining(report, text, program);
        text.WriteLine($"  {program} resume {ShellWord.Of(TextFormat.Relative(report.Folder.Path))} --restart      restart from step 1");
    }

    private static void ShowTraining(RunReport report, TextWriter text, string program)
    {
        string folder = ShellWord.Of(TextFormat.Relative(report.Folder.Path));
        // The recipe's starting folder may come from the command line; only the run's own recipe is certain to contain it.
        string recipe = report.Recipe.From is not null ? TextFormat.Relative(report.Folder.Recipe)
            : report.Recipe.File is { } file ? ShippedRecipes.Name(file) : "RECIPE";
        text.WriteLine(report.Summary.Stopped is null
            ? string.Create(CultureInfo.InvariantCulture,
                $"  {program} resume {folder} --training:steps {2 * report.Summary.Steps}      continue training")
            : $"  {program} resume {folder} --strategy:patience 1000      continue training");
        text.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"  {program} run {ShellWord.Of(recipe)} --training:learningRate {report.Recipe.Training.LearningRate / 2}      " +
            $"change a setting"));
    }

    private static void Show(RunTable shown, IAnsiConsole console)
    {
        var table = new Table().Border(TableBorder.Rounded).Title(PrintableText.Escape(shown.Title));
        foreach ((int index, string column) in shown.Columns.Index())
        {
            var heading = new TableColumn(PrintableText.Escape(column));
            table.AddColumn(index == 0 ? heading : heading.RightAligned());
        }

        foreach (IReadOnlyList<string> row in shown.Rows)
            table.AddRow([.. row.Select(PrintableText.Escape)]);
        console.WriteTable(table);
    }

    private static void CompareLosses(RunReport report, IAnsiConsole console)
    {
        if (report.Baselines.Count == 0 || report.Summary.ValidationLoss is not { } loss)
            return;
        bool hidden = report.Baselines.Any(baseline => baseline.Accuracy is not null);
        var table = new Table().Border(TableBorder.Rounded).Title($"validation, on the same {(hidden ? "masked " : "")}tokens")
            .AddColumn("model").AddColumn(new TableColumn("loss (nats per token)").RightAligned())
            .AddColumn(new TableColumn(hidden ? "predicted" : "perplexity").RightAligned());
        foreach (LossBaseline baseline in report.Baselines)
            Row(baseline.Label, baseline.Loss, baseline.Accuracy);
        Row($"{report.Recipe.Model.Use} (this run)", loss, report.Summary.Accuracy);
        console.WriteTable(table);

        void Row(string name, double nats, double? accuracy) => table.AddRow(
            PrintableText.Escape(name),
            nats.ToString("F3", CultureInfo.InvariantCulture),
            hidden ? TextFormat.Share(accuracy ?? double.NaN) : Math.Exp(nats).ToString("N1", CultureInfo.InvariantCulture));
    }

    private static void CompareClasses(RunReport report, IAnsiConsole console)
    {
        if (report.Summary is not { Accuracy: { } accuracy, MacroF1: { } macroF1 })
            return;
        var own = new ClassificationBaseline($"{report.Recipe.Model.Use} (this run)", accuracy, macroF1);
        ClassificationTable.Show(console, report.ClassBaseline is { } baseline ? [baseline, own] : [own]);
    }
}
