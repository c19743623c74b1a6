using Tenon.Host.Processes;

namespace Tenon.Host;

/// <content>Runs of several processes, and requests to a run from outside.</content>
public sealed partial class TenonHost
{
    /// <summary>Number of this process among those that a launcher (mpirun, srun) started, from 0. Rank 0 writes and reports.</summary>
    public static int Rank => Launcher.Current.Rank;

    /// <summary>
    /// Whether this process works together with others that still expect it. After an exception, only <see cref="EndJob"/> ends them
    /// at once.
    /// </summary>
    public bool LeavesOthers => _job.LeavesOthers;

    /// <summary>Writes a checkpoint after the current step of a run. Does nothing without a run. Thread-safe.</summary>
    public void RequestCheckpoint() => _requests.Add();

    /// <summary>Ends all processes of the job at once, if other processes still expect this one; otherwise returns.</summary>
    /// <param name="exitCode">The exit code of the job, in [1, 255].</param>
    public void EndJob(int exitCode)
    {
        if (_job.LeavesOthers)
            _processes.Abort(exitCode);
    }

    private T InJob<T>(Func<T> act) => AsRank(() => Contained(act));

    // Acts as one of several processes. The others wait for one that has failed, so it must not wait for them.
    private T AsRank<T>(Func<T> act)
    {
        try
        {
            return act();
        }
        catch when (_job.LeavesOthers)
        {
            _processes.Fail();
            throw;
        }
    }
}
