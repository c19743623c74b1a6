using Microsoft.Extensions.Logging;
using Tenon.Cli.Console;
using Tenon.Cli.Plots;
using Tenon.Host;

namespace Tenon.Cli.Commands;

// How failures become messages and exit codes.
internal sealed partial class Session
{
    private static readonly TimeSpan _untilPrinted = TimeSpan.FromMilliseconds(300);

    /// <summary>Passes a host to an action; exceptions become an error message and an exit code.</summary>
    public int Guard(string? plugins, Func<TenonHost, int> act)
    {
        try
        {
            using ILoggerFactory loggers = PluginLog.Create(Note, verbose);
            using var host = new TenonHost(new TenonOptions { PluginsFile = PluginsFile(plugins), Plots = new ScottPlots() }, loggers);
            try
            {
                return host.Contained(() => act(host));
            }
            catch (Exception failure) when (host.LeavesOthers)
            {
                int code = Explain(failure, areConnected: true);
                // The launcher still passes the message on, and would print its own into the middle of it.
                Thread.Sleep(_untilPrinted);
                host.EndJob(code);
                return code;
            }
        }
#pragma warning disable CA1031 // Last resort: the exception is printed in full, and the exit code is the documented one.
        catch (Exception failure)
        {
            return Explain(failure);
        }
#pragma warning restore CA1031
    }

    private int Explain(Exception failure, bool areConnected = false)
    {
        if (ExitCode.Of(failure) is not { } code)
            return PrintErrors(ExitCode.RunFailed, [$"Unexpected failure: {failure}"], areConnected);
        // All processes stop after the same step.
        if (failure is OperationCanceledException && TenonHost.Rank > 0)
            return code;
        Exception cause = failure is AggregateException several ? several.InnerExceptions[0] : failure;
        return PrintErrors(code, [verbose ? cause.ToString() : cause.Message], areConnected);
    }

    /// <summary>Reports that the command line is wrong.</summary>
    /// <param name="sentences">What is wrong, and how to fix it.</param>
    public int Refuse(params IReadOnlyList<string> sentences) => PrintErrors(ExitCode.Invalid, sentences);

    // Most failures are those of all processes. The first that reports its failure ends the others: at once if they are connected,
    // otherwise the launcher does so when it exits.
    private int PrintErrors(int code, IEnumerable<string> sentences, bool areConnected = false)
    {
        if (TenonHost.Rank > 0)
            Thread.Sleep(TimeSpan.FromSeconds((areConnected ? 2 : 10) + 0.25 * Math.Min(TenonHost.Rank, 20)));
        foreach (string sentence in sentences)
            errors.WriteLine(sentence);
        return code;
    }
}
