using System.Globalization;
using Tenon.Cli.Console;
using Tenon.Host;
using Tenon.Host.Events;
using Tenon.Host.Models;
using Tenon.Host.Runs.Pipelines;

namespace Tenon.Cli.Commands;

// Progress, and remarks that appear while it is shown.
internal sealed partial class Session
{
    // Shows texts between the lines of a live display, which would otherwise be torn apart.
    private volatile Action<RunEvent>? _progress;

    /// <summary>Shows the progress of some work.</summary>
    /// <param name="work">Receives the handler of events.</param>
    /// <param name="quiet">Whether only warnings are shown, apart from the results.</param>
    public T WithProgress<T>(Func<Action<RunEvent>, T> work, bool quiet = false)
    {
        using TrainingProgress? progress = quiet || TenonHost.Rank > 0 ? null : TrainingProgress.For(console);
        Action<RunEvent> handle = progress is null ? Warn : progress.Handle;
        return Showing(handle, () => work(handle));
    }

    private void Warn(RunEvent happened)
    {
        if (TenonHost.Rank == 0 && happened is Warned { Message: var message })
            errors.WriteLine(message);
    }

    /// <summary>Reports inputs that are longer than the model's context, separately from the results.</summary>
    /// <param name="opened">The model.</param>
    /// <param name="all">Number of inputs.</param>
    public void ReportTruncated(OpenedModel opened, int all)
    {
        if (opened.TruncatedInputs > 0)
            Note(string.Create(CultureInfo.InvariantCulture,
                $"{opened.TruncatedInputs:N0} of {all:N0} inputs are longer than the model's context, so only the beginning was read. " +
                $"Split them."));
    }

    // Only the program knows the command that resumes a pipeline.
    private PipelineReport WithPipelineProgress(TenonHost host, Func<Action<RunEvent>, PipelineReport> work)
    {
        using var progress = new PipelineProgress(console, Program(host));
        try
        {
            return Showing(progress.Handle, () => work(progress.Handle));
        }
        catch (OperationCanceledException stopped) when (progress.Resume is { } command)
        {
            throw new OperationCanceledException(
                $"{stopped.Message} Resume the pipeline with: {command}", stopped, stopped.CancellationToken);
        }
    }

    /// <summary>
    /// Writes a remark separately from the results, above a live display if there is one. Of several processes, one does.
    /// </summary>
    public void Note(string text)
    {
        if (_progress is { } progress)
            progress(new Warned(text));
        else if (TenonHost.Rank == 0)
            errors.WriteLine(text);
    }

    private T Showing<T>(Action<RunEvent>? progress, Func<T> work)
    {
        _progress = progress;
        try
        {
            return work();
        }
        finally
        {
            _progress = null;
        }
    }
}
