using Tenon.Cli.Console;

namespace Tenon.Tests;

/// <summary>Shows nothing, and stops a run after a step.</summary>
internal sealed class QuietProgress(long? stopAfter, CancellationTokenSource stop) : ITrainingProgress
{
    public void Report(ProgressFigures figures)
    {
        if (figures.Step == stopAfter)
            stop.Cancel();
    }

    public void Doing(string? what)
    {
    }

    public void Say(string text)
    {
    }

    public void Dispose()
    {
    }
}
