using Spectre.Console;
using Tenon.Cli.Commands;
using Tenon.Host.Artifacts;
using Tenon.Host.Plugins.Components;
using Tenon.Host.Recipes;
using Tenon.Host.Recipes.Pipelines;

namespace Tenon.Host.Runs.Pipelines;

/// <summary>Runs the stages of a pipeline one after the other, each as a run of its own in the pipeline's folder.</summary>
/// <param name="components">Makes the components of the stages' recipes.</param>
/// <param name="console">Where progress is shown.</param>
internal sealed class PipelineExecutor(ComponentFactory components, IAnsiConsole console)
{
    /// <summary>Runs a pipeline in a new folder. When a stage fails before any has made its folder, nothing is left behind.</summary>
    /// <param name="pipeline">A pipeline without findings.</param>
    /// <param name="stop">Cancelled when the user asks to stop.</param>
    /// <exception cref="OperationCanceledException">Stopped; the pipeline can be resumed.</exception>
    public PipelineReport Start(Pipeline pipeline, CancellationToken stop)
    {
        PipelineFolder folder = PipelineFolder.Create(pipeline.Output, pipeline.Name);
        try
        {
            return Execute(pipeline, folder, stop);
        }
        catch (Exception failure) when (failure is not OperationCanceledException && !folder.HasBegun)
        {
            folder.Delete();
            throw;
        }
    }

    /// <summary>Goes on at the first stage that is not finished, from its newest checkpoint.</summary>
    /// <param name="pipeline">The pipeline of the folder.</param>
    /// <param name="folder">The folder.</param>
    /// <param name="stop">Cancelled when the user asks to stop.</param>
    /// <exception cref="OperationCanceledException">Stopped; the pipeline can be resumed.</exception>
    public PipelineReport Resume(Pipeline pipeline, PipelineFolder folder, CancellationToken stop) => Execute(pipeline, folder, stop);

    private PipelineReport Execute(Pipeline pipeline, PipelineFolder folder, CancellationToken stop)
    {
        using IDisposable held = folder.Hold();
        Durable.WriteText(folder.Recipe, PipelineWriter.Resolve(pipeline, folder.Path, components.Catalogue).ToJsonString(ModelFolder.Indented) + "\n");
        foreach (PipelineStage stage in pipeline.Stages)
            folder.Set(stage.Name, folder.State(stage.Name));
        TextWriter text = console.Profile.Out.Writer;
        string shown = Path.GetRelativePath(Environment.CurrentDirectory, folder.Path);
        text.WriteLine($"pipeline   {shown}");
        List<StageResult> results = [];
        foreach ((int index, PipelineStage stage) in pipeline.Stages.Index())
        {
            text.WriteLine();
            text.WriteLine($"stage      {index + 1} of {pipeline.Stages.Count}: {stage.Name}{(folder.State(stage.Name) == StageState.Finished ? ", finished before" : "")}");
            Recipe recipe = stage.In(folder.Path);
            RunReport? report = folder.State(stage.Name) == StageState.Finished ? null : Run(stage.Name, recipe, folder, shown, stop);
            report?.ShowResult(console);
            results.Add(new StageResult(stage.Name, recipe, folder.Stage(stage.Name)!, report));
        }

        return new PipelineReport(pipeline, folder, results);
    }

    private RunReport Run(string stage, Recipe recipe, PipelineFolder folder, string shown, CancellationToken stop)
    {
        folder.Set(stage, StageState.Running);
        try
        {
            stop.ThrowIfCancellationRequested();
            var executor = new RunExecutor(components, console);
            RunReport report = folder.Stage(stage) is { } begun ? executor.Resume(recipe, begun, stop) : executor.Start(recipe, stop);
            folder.Set(stage, StageState.Finished);
            return report;
        }
        catch (OperationCanceledException cause)
        {
            folder.Set(stage, StageState.Stopped);
            throw new OperationCanceledException($"Stage '{stage}': {cause.Message} The pipeline goes on with: {ProgramName.With(components.Catalogue.File.Path)} resume {ShellWord.Of(shown)}", cause, stop);
        }
        catch
        {
            folder.Set(stage, StageState.Failed);
            console.Profile.Out.Writer.WriteLine(folder.HasBegun
                ? $"Stage '{stage}' failed. Without its cause the pipeline goes on with: {ProgramName.With(components.Catalogue.File.Path)} resume {ShellWord.Of(shown)}"
                : $"Stage '{stage}' failed before it began.");
            throw;
        }
    }
}
