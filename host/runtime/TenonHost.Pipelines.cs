using Tenon.Host.Artifacts;
using Tenon.Host.Events;
using Tenon.Host.Recipes;
using Tenon.Host.Recipes.Pipelines;
using Tenon.Host.Runs.Pipelines;

namespace Tenon.Host;

/// <content>Pipelines: recipes that run one after another.</content>
public sealed partial class TenonHost
{
    /// <summary>
    /// Reads every example of each stage's data once, as a run would, and reports everything that cannot be used. Data that depends on
    /// the result of an earlier stage cannot be read yet; the report names that stage.
    /// </summary>
    /// <param name="pipeline">A pipeline without findings.</param>
    /// <param name="progress">Receives events on the calling thread, or null.</param>
    /// <param name="stop">Cancels the work.</param>
    /// <exception cref="RecipeException">The options of a stage's model contradict its data.</exception>
    public IReadOnlyList<StageDataReport> ValidateData(Pipeline pipeline, Action<RunEvent>? progress = null,
        CancellationToken stop = default) =>
        Contained(() => new PipelineDataValidator(Components, new RunEvents(progress)).Validate(pipeline, stop));

    /// <summary>
    /// Reads and checks all stages of a pipeline without loading a plugin. The folders in the stages must exist or be created by
    /// earlier stages.
    /// </summary>
    /// <param name="path">The pipeline's file.</param>
    /// <param name="overrides">
    /// Settings as on the command line: <c>--training:steps=100</c> for every stage, <c>--stages:NAME:training:steps=100</c>
    /// for one.
    /// </param>
    public PipelineReading ReadPipeline(string path, params IReadOnlyList<string> overrides) =>
        PipelineReader.Read(path, Catalogue, overrides, requireFolders: true);

    /// <summary>Plans the stages of a pipeline on torch's meta device.</summary>
    /// <param name="pipeline">A pipeline without findings.</param>
    /// <exception cref="RecipeException">The options of a stage contradict each other.</exception>
    public PipelinePlan Plan(Pipeline pipeline) => Contained(() => new PipelinePlanner(Components).Plan(pipeline));

    /// <summary>Runs the stages of a pipeline sequentially in a new folder.</summary>
    /// <param name="pipeline">A pipeline without findings.</param>
    /// <param name="progress">Receives events on the calling thread, or null.</param>
    /// <param name="stop">Stops the running stage after its current step, with a checkpoint, and the pipeline.</param>
    /// <exception cref="OperationCanceledException">Cancelled; the pipeline can be resumed.</exception>
    public PipelineReport Run(Pipeline pipeline, Action<RunEvent>? progress = null, CancellationToken stop = default) =>
        InJob(() => new PipelineExecutor(Components, new RunEvents(progress), _plots, _job).Start(pipeline, stop));

    /// <summary>Resumes a pipeline at the first unfinished stage, from its newest checkpoint.</summary>
    /// <param name="folder">The pipeline's folder.</param>
    /// <param name="overrides">Settings as on the command line, for unfinished stages.</param>
    /// <param name="progress">Receives events on the calling thread, or null.</param>
    /// <param name="restart">Whether to restart the unfinished stage from step 1, which replaces its metrics and checkpoints.</param>
    /// <param name="stop">Stops the running stage after its current step, with a checkpoint, and the pipeline.</param>
    /// <exception cref="RecipeException">The folder's recipe or an override is invalid; the exception contains all findings.</exception>
    /// <exception cref="CheckpointException">
    /// The folder is not a pipeline's, the unfinished stage has no checkpoint, or a checkpoint does not match.
    /// </exception>
    /// <exception cref="OperationCanceledException">Cancelled; the pipeline can be resumed.</exception>
    public PipelineReport ResumePipeline(
        string folder, IReadOnlyList<string>? overrides = null, Action<RunEvent>? progress = null, bool restart = false,
        CancellationToken stop = default)
    {
        PipelineFolder opened = PipelineFolder.Open(folder);
        PipelineReading reading = PipelineReader.Read(opened.Recipe, Catalogue, overrides);
        List<RecipeFinding> findings =
            [.. reading.Findings, .. (reading.Pipeline is { } read ? PipelineExecutor.TooLate(read, opened, overrides ?? []) : [])];
        return findings.Count > 0
            ? throw new RecipeException(findings)
            : InJob(() => new PipelineExecutor(Components, new RunEvents(progress), _plots, _job)
                .Resume(reading.Pipeline!, opened, How(overrides, restart), stop));
    }
}
