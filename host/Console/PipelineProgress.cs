using Spectre.Console;
using Tenon.Host.Artifacts;
using Tenon.Host.Events;
using Tenon.Host.Runs.Pipelines;

namespace Tenon.Cli.Console;

/// <summary>Shows the progress of a pipeline, stage by stage.</summary>
/// <param name="console">Where to write.</param>
/// <param name="program">The command that runs the program with the pipeline's plugins.</param>
internal sealed class PipelineProgress(IAnsiConsole console, string program) : IDisposable
{
    private readonly TextWriter _text = console.Text();
    private TrainingProgress? _stage;
    private string? _folder;

    /// <summary>The command that resumes the pipeline; null before it has a folder: one that is refused leaves none.</summary>
    public string? Resume =>
        _folder is { } folder && PipelineFolder.Is(folder) ? $"{program} resume {ShellWord.Of(TextFormat.Relative(folder))}" : null;

    /// <summary>Shows an event.</summary>
    /// <param name="runEvent">An event of the pipeline or of a stage's run.</param>
    public void Handle(RunEvent runEvent)
    {
        switch (runEvent)
        {
            case PipelineStarted { Folder: var folder }:
                _folder = folder;
                _text.WriteLine(TrainingProgress.PartLine("pipeline", TextFormat.Relative(folder)));
                break;
            case StageStarted stage:
                _text.WriteLine();
                _text.WriteLine(TrainingProgress.PartLine("stage",
                    $"{stage.Number} of {stage.Stages}: {stage.Name}{(stage.IsFinished ? ", finished before" : "")}"));
                _stage = stage.IsFinished ? null : TrainingProgress.For(console);
                break;
            case StageFinished { Result.Report: var report }:
                EndStage();
                report?.ShowResult(console);
                break;
            case StageFailed failed:
                EndStage();
                _text.WriteLine(failed.CanResume
                    ? $"Stage '{failed.Name}' failed. After fixing the cause, resume the pipeline with: {Resume}"
                    : $"Stage '{failed.Name}' failed before it started.");
                break;
            case Warned { Message: var message } when _stage is null:
                _text.WriteLine(message);
                break;
            default:
                _stage?.Handle(runEvent);
                break;
        }
    }

    /// <summary>Ends the display of a stopped stage.</summary>
    public void Dispose() => EndStage();

    private void EndStage()
    {
        _stage?.Dispose();
        _stage = null;
    }
}
