using System.Globalization;
using Spectre.Console;
using Tenon.Host.Artifacts;
using Tenon.Host.Recipes;
using Tenon.Host.Recipes.Pipelines;
using Tenon.Host.Runs;
using Tenon.Host.Runs.Pipelines;

namespace Tenon.Cli.Console;

/// <summary>Shows the result of a finished pipeline.</summary>
internal static class PipelineReportDisplay
{
    /// <summary>Shows a table of the stages, and the commands to try next.</summary>
    /// <param name="report">The result.</param>
    /// <param name="console">Where to write.</param>
    /// <param name="program">The command that runs the program with the pipeline's plugins.</param>
    public static void Show(this PipelineReport report, IAnsiConsole console, string program)
    {
        TextWriter text = console.Text();
        text.WriteLine();
        Table table = Terminal.Table("stage", "steps", "time", "loss", "validation", "result", "folder");
        foreach (StageResult stage in report.Stages)
            Add(table, stage);
        console.WriteTable(table);
        text.WriteLine();
        text.WriteLine("Next:");
        foreach (RunReport run in report.Stages.Select(stage => stage.Report).OfType<RunReport>())
            run.ShowUses(text, program);
        StageResult last = report.Stages[^1];
        if (RunSummary.Read(last.Folder) is { Steps: > 0 } trained)
        {
            text.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"  {program} resume {ShellWord.Of(TextFormat.Relative(last.Folder.Path))} --training:steps {2 * trained.Steps}      " +
                $"continue training"));
        }

        string rate = string.Create(CultureInfo.InvariantCulture,
            $"{PipelineLayout.Stages}:{last.Name}:training:learningRate {last.Recipe.Training.LearningRate / 2}");
        text.WriteLine($"  {program} run {ShellWord.Of(ShippedRecipes.Name(report.Pipeline.File))} --{rate}      " +
            "change a setting of a stage");
    }

    private static void Add(Table table, StageResult stage)
    {
        RunSummary? summary = RunSummary.Read(stage.Folder);
        table.AddTexts(
            stage.Name,
            summary is { Steps: > 0 } ? TextFormat.Count(summary.Steps) : "",
            summary is null ? "" : TextFormat.Time(summary.Time),
            summary?.Loss is { } loss ? TextFormat.Loss(loss) : "",
            summary?.ValidationLoss is { } validation ? TextFormat.Loss(validation) : "",
            string.Join(", ", Results(stage.Folder, summary)),
            TextFormat.Relative(stage.Folder.Path));
    }

    // Results on held-out data, and rewards.
    private static IEnumerable<string> Results(RunFolder folder, RunSummary? summary)
    {
        if (summary?.Perplexity is { } perplexity)
            yield return string.Create(CultureInfo.InvariantCulture, $"perplexity {perplexity:N2}");
        if (summary?.Accuracy is { } accuracy)
            yield return $"accuracy {TextFormat.Share(accuracy)}";
        foreach (string reward in RunReportDisplay.Rewards(folder))
            yield return reward;
    }
}
