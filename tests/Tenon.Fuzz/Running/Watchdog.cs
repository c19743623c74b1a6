using System.Diagnostics;
using Tenon.Host.Native;

namespace Tenon.Fuzz.Running;

/// <summary>Ends this process when an input takes too much time or memory.</summary>
internal sealed class Watchdog : IDisposable
{
    // How many times as long an input may take if the machine is busy.
    private const int Patience = 10;
    private static readonly TimeSpan _interval = TimeSpan.FromMilliseconds(100);

    // In less time nothing fills a gigabyte.
    private static readonly TimeSpan _brief = TimeSpan.FromMilliseconds(20);

    private readonly Action<Failure> _report;
    private readonly Process _process = Process.GetCurrentProcess();
    private readonly Lock _lock = new();
    private readonly Timer _timer;
    private bool _reads;
    private long _start;
    private TimeSpan _used;
    private long _idle;
    private TimeSpan _limit;

    /// <summary>Starts watching.</summary>
    /// <param name="report">Receives the failure before the process ends.</param>
    public Watchdog(Action<Failure> report)
    {
        _report = report;
        _timer = new Timer(_ => Check(), null, _interval, _interval);
    }

    /// <summary>A job begins: what libraries keep from earlier inputs, and what its seeds took, is not the memory of its inputs.</summary>
    /// <param name="limit">Time that each of its inputs may take.</param>
    public void BeginJob(TimeSpan limit)
    {
        bool isReset = PeakMemory.Reset();
        long now = Environment.WorkingSet;
        (_idle, _limit) = (isReset ? now : Math.Max(_idle, now), limit);
    }

    /// <summary>An input begins.</summary>
    public void Begin()
    {
        lock (_lock)
            (_reads, _start, _used) = (true, Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
    }

    /// <summary>The input has been read.</summary>
    /// <returns>Time of the processor that it took.</returns>
    public TimeSpan End()
    {
        lock (_lock)
        {
            if (Stopwatch.GetElapsedTime(_start) > _brief)
                Measure();
            _reads = false;
            return Environment.CpuUsage.TotalTime - _used;
        }
    }

    /// <summary>Reports a failure and ends the process.</summary>
    public void Fail(Failure failure)
    {
        _report(failure);
        // Not Environment.Exit, which waits for threads that hang.
        _process.Kill();
        Thread.Sleep(Timeout.Infinite);
    }

    /// <summary>Stops watching.</summary>
    public void Dispose()
    {
        _timer.Dispose();
        _process.Dispose();
    }

    private void Check()
    {
        lock (_lock)
        {
            if (_reads)
                Measure();
        }
    }

    // The peak also shows memory that was freed again. It does not fall within a job, so a process in which it was too high ends.
    private void Measure()
    {
        _process.Refresh();
        long memory = Math.Max(_process.WorkingSet64, _process.PeakWorkingSet64) - _idle;
        TimeSpan used = Environment.CpuUsage.TotalTime - _used, passed = Stopwatch.GetElapsedTime(_start);
        if (memory > Limits.Memory)
            Fail(new Failure(FailureKind.Memory, "memory", $"{memory:N0} bytes; at most {Limits.Memory:N0} are allowed."));
        if (used > _limit || passed > Patience * _limit)
        {
            Fail(new Failure(FailureKind.Hang, "time",
                $"{used.TotalSeconds:N1} s of the processor in {passed.TotalSeconds:N1} s; at most " +
                $"{_limit.TotalSeconds} s are allowed."));
        }
    }
}
