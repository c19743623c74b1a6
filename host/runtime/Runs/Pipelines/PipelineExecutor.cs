using Tenon.Host.Artifacts;
using Tenon.Host.Evaluation.Plots;
using Tenon.Host.Events;
using Tenon.Host.Native;
using Tenon.Host.Plugins.Components;
using Tenon.Host.Processes;
using Tenon.Host.Recipes;
using Tenon.Host.Recipes.Pipelines;

namespace Tenon.Host.Runs.Pipelines;

/// <summary>Runs the stages of a pipeline sequentially, each as a run in its own folder inside the pipeline's.</summary>
/// <param name="components">Creates the components of the stages' recipes.</param>
/// <param name="events">Receives progress.</param>
/// <param name="plots">Draws plots; null to draw none.</param>
/// <param name="job">What the processes of the job share.</param>
internal sealed class PipelineExecutor(ComponentFactory components, RunEvents events, IPlots? plots, Job job)
{
    private World? _world;
    private bool _recorded;
    private NewRunFolder? _made;

    /// <summary>Runs a pipeline in a new folder. If its first stage is refused, nothing remains.</summary>
    /// <param name="pipeline">A pipeline without findings.</param>
    /// <param name="stop">Cancelled when the user asks to stop.</param>
    /// <exception cref="OperationCanceledException">Stopped; the pipeline can be resumed.</exception>
    public PipelineReport Start(Pipeline pipeline, CancellationToken stop)
    {
        World world = Open(pipeline);
        using NewRunFolder? made = world.IsWriter ? new NewRunFolder(pipeline.Output, pipeline.Name) : null;
        _made = made;
        string path = world.Broadcast(made?.Folder.Path);
        RunFolder folder = made?.Folder ?? RunFolder.Open(path);
        return Execute(pipeline, PipelineFolder.New(folder), new Resumption(Restarts: false, IsChanged: false), stop);
    }

    /// <summary>
    /// Resumes a pipeline at the first unfinished stage, from its newest checkpoint. The folder is not changed until that stage has
    /// accepted its recipe.
    /// </summary>
    /// <param name="pipeline">The pipeline of the folder.</param>
    /// <param name="folder">The folder.</param>
    /// <param name="how">How to resume the stage.</param>
    /// <param name="stop">Cancelled when the user asks to stop.</param>
    /// <exception cref="OperationCanceledException">Stopped; the pipeline can be resumed.</exception>
    public PipelineReport Resume(Pipeline pipeline, PipelineFolder folder, Resumption how, CancellationToken stop)
    {
        World world = Open(pipeline);
        using IDisposable? held = world.IsWriter ? folder.Hold() : null;
        world.Barrier();
        return Execute(pipeline, folder, how, stop);
    }

    /// <summary>Settings of stages that are already finished, which would have no effect.</summary>
    /// <param name="pipeline">The pipeline.</param>
    /// <param name="folder">The pipeline's folder.</param>
    /// <param name="overrides">Arguments of the command line.</param>
    public static IEnumerable<RecipeFinding> TooLate(Pipeline pipeline, PipelineFolder folder, IReadOnlyList<string> overrides) =>
        from key in RecipeSettings.Read([], overrides).Values.Keys
        from stage in pipeline.Stages
        where RecipeKeys.IsBelow(key, $"{PipelineLayout.Stages}:{stage.Name}") && folder.State(stage.Name) == StageState.Finished
        select new RecipeFinding(Setting.CommandLine, null, key, null, null, null,
            $"has no effect: the stage '{stage.Name}' is finished. Run the pipeline again, or continue training only that stage with " +
            $"'resume {Path.Combine(folder.Path, stage.Name)}'.");

    // The processes stay connected for all stages.
    private World Open(Pipeline pipeline) => _world = job.Open(components, pipeline.Stages[0].In(pipeline.Output));

    private PipelineReport Execute(Pipeline pipeline, PipelineFolder folder, Resumption how, CancellationToken stop)
    {
        events.Publish(new PipelineStarted(folder.Path));
        List<StageResult> results = [];
        foreach ((int index, PipelineStage stage) in pipeline.Stages.Index())
        {
            bool finished = folder.State(stage.Name) == StageState.Finished;
            events.Publish(new StageStarted(stage.Name, index + 1, pipeline.Stages.Count, finished));
            Recipe recipe = stage.In(folder.Path);
            RunReport? report = finished ? null : Run(pipeline, stage.Name, recipe, folder, how, stop);
            how = how with { Restarts = how.Restarts && finished };
            results.Add(new StageResult(stage.Name, recipe, folder.Stage(stage.Name)!, report));
            events.Publish(new StageFinished(results[^1]));
        }

        return new PipelineReport(pipeline, folder, results);
    }

    // Writes the pipeline and the states of its stages.
    private void Record(Pipeline pipeline, PipelineFolder folder)
    {
        _recorded = true;
        if (!_world!.IsWriter)
            return;
        Durable.WriteText(
            folder.Recipe,
            PipelineWriter.Resolve(pipeline, folder.Path, components.Catalogue).ToJsonString(ModelFolder.Indented) + "\n");
        foreach (PipelineStage stage in pipeline.Stages)
            folder.Set(stage.Name, folder.State(stage.Name));
        _made?.Accept();
    }

    // The result is null if the stage's run was finished and only the pipeline had not recorded that yet.
    private RunReport? Run(Pipeline pipeline, string stage, Recipe recipe, PipelineFolder folder, Resumption how, CancellationToken stop)
    {
        try
        {
            stop.ThrowIfCancellationRequested();
            var executor = new RunExecutor(components, events, plots, job, Accept);
            RunReport report = folder.Stage(stage) is { } begun ? executor.Resume(recipe, begun, how, stop) : executor.Start(recipe, stop);
            Write(StageState.Finished);
            _world!.Barrier();
            return report.WasFinished ? null : report;
        }
        catch (OperationCanceledException cause)
        {
            Set(StageState.Stopped);
            throw new OperationCanceledException($"Stage '{stage}': {cause.Message}", cause, stop);
        }
        catch
        {
            Set(StageState.Failed);
            events.Publish(new StageFailed(stage, folder.HasBegun));
            throw;
        }

        void Accept()
        {
            if (!_recorded)
                Record(pipeline, folder);
            Write(StageState.Running);
        }

        void Write(StageState state)
        {
            if (_world!.IsWriter)
                folder.Set(stage, state);
        }

        // A refused resume does not change anything.
        void Set(StageState state)
        {
            if (_recorded)
                Write(state);
        }
    }
}
