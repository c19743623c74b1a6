using System.Globalization;
using Spectre.Console;
using Tenon.Cli.Commands;
using Tenon.Cli.Console;
using Tenon.Host.Artifacts;
using Tenon.Host.Recipes;
using Tenon.Host.Recipes.Pipelines;

namespace Tenon.Host.Runs.Pipelines;

/// <summary>A stage that is done.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Recipe">Its recipe.</param>
/// <param name="Folder">The folder of its run.</param>
/// <param name="Report">What its run came to; null when it was finished before.</param>
public sealed record StageResult(string Name, Recipe Recipe, RunFolder Folder, RunReport? Report);

/// <summary>What a finished pipeline shows its user.</summary>
/// <param name="Pipeline">The pipeline.</param>
/// <param name="Folder">Its folder.</param>
/// <param name="Stages">Its stages, in their order.</param>
public sealed record PipelineReport(Pipeline Pipeline, PipelineFolder Folder, IReadOnlyList<StageResult> Stages)
{
    /// <summary>Shows a table of the stages, and what to type next.</summary>
    /// <param name="console">Where.</param>
    public void Show(IAnsiConsole console)
    {
        ArgumentNullException.ThrowIfNull(console);
        TextWriter text = console.Profile.Out.Writer;
        text.WriteLine();
        Table table = Terminal.Table("stage", "steps", "time", "loss", "validation", "result", "folder");
        foreach (StageResult stage in Stages)
        {
            RunSummary? summary = RunSummary.Read(stage.Folder);
            table.AddTexts(
                stage.Name,
                summary is { Steps: > 0 } ? Wording.Count(summary.Steps) : "",
                summary is null ? "" : Wording.Time(summary.Time),
                summary?.Loss is { } loss ? Wording.Loss(loss) : "",
                summary?.ValidationLoss is { } validation ? Wording.Loss(validation) : "",
                string.Join(", ", Results(stage.Folder, summary)),
                Shown(stage.Folder.Path));
        }

        console.Write(table);
        text.WriteLine();
        text.WriteLine("Next:");
        StageResult last = Stages[^1];
        RunReport[] reports = [.. Stages.Select(stage => stage.Report).OfType<RunReport>()];
        string program = reports is [RunReport first, ..] ? first.Program : ProgramName.Current;
        foreach (RunReport report in reports)
            report.ShowVerbs(text, Shown(report.Folder.Path));
        if (RunSummary.Read(last.Folder) is { Steps: > 0 } trained)
            text.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {program} resume {ShellWord.Of(Shown(last.Folder.Path))} --training:steps {2 * trained.Steps}      train on"));
        text.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"  {program} run {ShellWord.Of(ShippedRecipes.Name(Pipeline.File))} --{PipelineLayout.Stages}:{last.Name}:training:learningRate {last.Recipe.Training.LearningRate / 2}      change a setting of a stage"));
    }

    // What a model is measured by on held-out data, and what its rewards gave.
    private static IEnumerable<string> Results(RunFolder folder, RunSummary? summary)
    {
        if (summary?.Perplexity is { } perplexity)
            yield return string.Create(CultureInfo.InvariantCulture, $"perplexity {perplexity:N2}");
        if (summary?.Accuracy is { } accuracy)
            yield return $"accuracy {Wording.Share(accuracy)}";
        foreach (string reward in RunReport.Rewards(folder))
            yield return reward;
    }

    private static string Shown(string path) => Path.GetRelativePath(Environment.CurrentDirectory, path);
}
