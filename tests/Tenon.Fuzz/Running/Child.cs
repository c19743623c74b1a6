namespace Tenon.Fuzz.Running;

/// <summary>
/// The child process: reads jobs from standard input and writes reports to standard output. What readers print is discarded. The
/// index of the current input is in a file, where the parent finds it if this process dies.
/// </summary>
internal sealed class Child : IDisposable
{
    private readonly Dictionary<string, Reader> _readers;
    private readonly TextWriter _output;
    private readonly FileStream _position;
    private readonly Watchdog _watchdog;

    private Child(Workplace workplace, string position, TextWriter output)
    {
        _readers = AllReaders.In(workplace).ToDictionary(reader => reader.Name, StringComparer.Ordinal);
        _output = output;
        _position = new FileStream(position, FileMode.Create, FileAccess.Write, FileShare.Read);
        _watchdog = new Watchdog(failure => Report(new ChildReport(Index, failure)));
    }

    private long Index { get; set; }

    /// <summary>Works until standard input ends.</summary>
    /// <param name="position">Path of the file with the index of the current input.</param>
    public static int Run(string position)
    {
        using TextWriter output = Console.Out;
        Console.SetOut(TextWriter.Null);
        using var workplace = new Workplace();
        using var child = new Child(workplace, position, output);
        while (Console.In.ReadLine() is { } line)
            child.Do(Job.Parse(line));
        return 0;
    }

    /// <summary>Returns the index that a child wrote last.</summary>
    public static long ReadPosition(string position)
    {
        byte[] bytes = File.ReadAllBytes(position);
        return bytes.Length == sizeof(long) ? BitConverter.ToInt64(bytes) : -1;
    }

    /// <summary>Stops the watchdog and closes the file.</summary>
    public void Dispose()
    {
        _watchdog.Dispose();
        _position.Dispose();
    }

    private void Do(Job job)
    {
        Reader reader = _readers[job.Reader];
        long refused = 0;
        TimeSpan slowest = TimeSpan.Zero;
        var inputs = new Inputs(reader, job.Number);
        TimeSpan start = Environment.CpuUsage.TotalTime;
        _watchdog.BeginJob(TimeSpan.FromSeconds(job.Seconds));
        for (long index = job.First; index < job.First + job.Count; index++)
        {
            Input input = job.File is null ? inputs.At(index)
                : new Input(reader.Seeds.First(seed => seed.Name == job.Seed), File.ReadAllBytes(job.File));
            Index = index;
            RandomAccess.Write(_position.SafeFileHandle, BitConverter.GetBytes(index), 0);
            (bool isRefused, TimeSpan time) = Read(reader, input);
            refused += isRefused ? 1 : 0;
            slowest = time > slowest ? time : slowest;
        }

        double used = (Environment.CpuUsage.TotalTime - start).TotalSeconds;
        Report(new ChildReport(-1, null, refused, used, slowest.TotalSeconds));
    }

    private (bool IsRefused, TimeSpan Time) Read(Reader reader, Input input)
    {
        bool isRefused = false;
        _watchdog.Begin();
#pragma warning disable CA1031 // Exceptions of any type are what is looked for.
        try
        {
            reader.Read(input.Seed, input.Content);
        }
        catch (OutOfMemoryException failure)
        {
            _watchdog.Fail(new Failure(FailureKind.Memory, "memory", $"More than {Limits.Memory:N0} bytes: {failure}"));
        }
        catch (Exception failure)
        {
            isRefused = reader.IsRefusal(failure);
            if (!isRefused)
                Report(new ChildReport(Index, Failure.Of(failure)));
        }
#pragma warning restore CA1031
        return (isRefused, _watchdog.End());
    }

    private void Report(ChildReport report)
    {
        lock (_output)
        {
            _output.WriteLine(report.Write());
            _output.Flush();
        }
    }
}
