using Tenon.Host.Evaluation;
using Tenon.Host.Events;
using Tenon.Host.Models;
using Tenon.Host.Native;
using Tenon.Host.Recipes;
using Tenon.Host.Recipes.Pipelines;
using Tenon.Host.Runs;
using Tenon.Host.Runs.Pipelines;

namespace Tenon.Host;

/// <summary>
/// Asynchronous forms of the long operations of <see cref="TenonHost"/>, which documents results and exceptions. Each works on a
/// dedicated thread, which also reports its progress.
/// </summary>
public static class TenonHostAsync
{
    /// <summary>Runs a recipe in a new folder.</summary>
    /// <param name="host">The host.</param>
    /// <param name="recipe">A recipe without findings.</param>
    /// <param name="progress">Receives events, or null.</param>
    /// <param name="stop">Stops the run after the current step, with a checkpoint.</param>
    public static Task<RunReport> RunAsync(
        this TenonHost host, Recipe recipe, Action<RunEvent>? progress = null, CancellationToken stop = default) =>
        OnThread(host, () => host.Run(recipe, progress, stop), stop);

    /// <summary>Runs the stages of a pipeline sequentially in a new folder.</summary>
    /// <param name="host">The host.</param>
    /// <param name="pipeline">A pipeline without findings.</param>
    /// <param name="progress">Receives events, or null.</param>
    /// <param name="stop">Stops the running stage after its current step, with a checkpoint, and the pipeline.</param>
    public static Task<PipelineReport> RunAsync(
        this TenonHost host, Pipeline pipeline, Action<RunEvent>? progress = null, CancellationToken stop = default) =>
        OnThread(host, () => host.Run(pipeline, progress, stop), stop);

    /// <summary>Resumes a run from its newest checkpoint.</summary>
    /// <param name="host">The host.</param>
    /// <param name="folder">The run's folder.</param>
    /// <param name="overrides">Settings as on the command line, for example more steps.</param>
    /// <param name="progress">Receives events, or null.</param>
    /// <param name="restart">Starts the run again from step 1.</param>
    /// <param name="stop">Stops the run after the current step, with a checkpoint.</param>
    public static Task<RunReport> ResumeAsync(
        this TenonHost host, string folder, IReadOnlyList<string>? overrides = null, Action<RunEvent>? progress = null,
        bool restart = false,
        CancellationToken stop = default) =>
        OnThread(host, () => host.Resume(folder, overrides, progress, restart, stop), stop);

    /// <summary>Measures a model on data.</summary>
    /// <param name="host">The host.</param>
    /// <param name="folder">A run's folder, or a model folder.</param>
    /// <param name="options">What to measure.</param>
    /// <param name="overrides">Settings as on the command line, for example other data.</param>
    /// <param name="progress">Receives events, or null.</param>
    /// <param name="stop">Cancels the work.</param>
    public static Task<EvaluationReport> EvaluateAsync(
        this TenonHost host, string folder, EvaluationOptions options, IReadOnlyList<string>? overrides = null,
        Action<RunEvent>? progress = null,
        CancellationToken stop = default) =>
        OnThread(host, () => host.Evaluate(folder, options, overrides, progress, stop), stop);

    /// <summary>Opens a run's folder, or a model folder, on a thread that the model keeps. The caller disposes the result.</summary>
    /// <param name="host">The host.</param>
    /// <param name="folder">The folder.</param>
    /// <param name="device">Name of the device; null for the first in the catalogue.</param>
    /// <param name="settings">Options of the device: <c>--device:precision=bf16</c>.</param>
    /// <param name="adapters">Adapters to apply in addition to the folder's own; null for none.</param>
    /// <param name="baseModel">Folder of the base model of the folder's adapter; null for the one that the adapter names.</param>
    /// <param name="weights">Format of the weights of a model that only generates, as in <see cref="TenonHost.Open"/>; null for all
    /// parameters.</param>
    /// <param name="stop">Cancels before the model is opened.</param>
    public static Task<ModelThread> OpenAsync(
        this TenonHost host, string folder, string? device = null, IReadOnlyList<string>? settings = null,
        IReadOnlyList<AdapterChoice>? adapters = null, string? baseModel = null, string? weights = null, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(host);
        return ModelThread.Open(() => host.Open(folder, device, settings, adapters, baseModel, weights), stop);
    }

    private static Task<T> OnThread<T>(TenonHost host, Func<T> work, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(host);
        return WorkThread.RunOnce("Tenon run", work, stop);
    }
}
