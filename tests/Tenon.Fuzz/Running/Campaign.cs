using System.Collections.Concurrent;

namespace Tenon.Fuzz.Running;

/// <summary>What is fed to which readers.</summary>
internal sealed record CampaignOptions
{
    /// <summary>The readers.</summary>
    public required IReadOnlyList<Reader> Readers { get; init; }

    /// <summary>Inputs of each reader.</summary>
    public required long Count { get; init; }

    /// <summary>Number of the sequence of inputs.</summary>
    public ulong Number { get; init; } = 1;

    /// <summary>Child processes at the same time.</summary>
    public int Workers { get; init; } = Environment.ProcessorCount;

    /// <summary>Folder for failing inputs, and for the progress from which an interrupted campaign resumes.</summary>
    public required string Folder { get; init; }

    /// <summary>Time that an input may take.</summary>
    public TimeSpan Time { get; init; } = Limits.Time;

    /// <summary>Time for shortening a failing input.</summary>
    public TimeSpan MinimizationTime { get; init; } = TimeSpan.FromSeconds(30);
}

/// <summary>The result of a reader.</summary>
/// <param name="Reader">The reader.</param>
/// <param name="Inputs">Inputs that were read.</param>
/// <param name="Refused">Inputs that were refused as documented.</param>
/// <param name="Seconds">Time of the processor.</param>
/// <param name="SlowestSeconds">The longest time of the processor for an input.</param>
/// <param name="Failures">Failing inputs, one for each cause: file and failure.</param>
internal sealed record ReaderResult(
    Reader Reader, long Inputs, long Refused, double Seconds, double SlowestSeconds,
        IReadOnlyList<(string File, Failure Failure)> Failures);

/// <summary>Feeds mutated inputs to readers in child processes, and keeps the smallest input of each failure.</summary>
/// <param name="options">What is fed to which readers.</param>
internal sealed class Campaign(CampaignOptions options)
{
    private const int BatchSize = 250;
    private readonly FailureFolder _failures = new(options.Folder);
    private readonly CampaignProgress _progress = CampaignProgress.Open(options.Folder, options.Number);
    private readonly ConcurrentDictionary<(Reader, FailureKind, string), string> _kept = new();
    private readonly ConcurrentBag<(Reader Reader, string File, Failure Failure)> _found = [];
    private readonly ConcurrentBag<(Reader Reader, long Inputs, ChildReport End)> _done = [];

    /// <summary>Feeds the inputs that have not been read yet.</summary>
    /// <param name="report">Receives a line about each failure and each finished reader.</param>
    /// <param name="stop">Ends the campaign after the current batches; it can be resumed.</param>
    public IReadOnlyList<ReaderResult> Run(Action<string> report, CancellationToken stop = default)
    {
        var batches = new ConcurrentQueue<Job>(Batches());
        Thread[] workers = [.. Enumerable.Range(0, options.Workers).Select(_ => new Thread(() => Work(batches, report, stop)))];
        foreach (Thread worker in workers)
            worker.Start();
        foreach (Thread worker in workers)
            worker.Join();
        stop.ThrowIfCancellationRequested();
        return [.. options.Readers.Select(Result)];
    }

    // Batches of different readers alternate, so that an interrupted campaign has fed all of them.
    private IEnumerable<Job> Batches() => options.Readers
        .SelectMany(reader => Starts(reader).Select(first =>
            new Job(reader.Name, options.Number, first, Math.Min(BatchSize, options.Count - first))
            {
                Seconds = options.Time.TotalSeconds,
            }))
        .OrderBy(job => job.First);

    private IEnumerable<long> Starts(Reader reader)
    {
        for (long first = _progress.Done(reader.Name); first < options.Count; first += BatchSize)
            yield return first;
    }

    private void Work(ConcurrentQueue<Job> batches, Action<string> report, CancellationToken stop)
    {
        using var child = new ChildProcess();
        while (!stop.IsCancellationRequested && batches.TryDequeue(out Job? job))
        {
            Reader reader = options.Readers.First(each => each.Name == job.Reader);
            List<(long Index, Failure Failure)> failures = [];
            ChildReport end = child.Do(job, (index, failure) => failures.Add((index, failure)));
            _done.Add((reader, job.Count, end));
            foreach ((long index, Failure failure) in failures)
                Keep(reader, job, index, failure, report);
            _progress.Add(reader.Name, job.First, job.Count);
        }
    }

    // Only the first input of each cause is shortened and kept.
    private void Keep(Reader reader, Job job, long index, Failure failure, Action<string> report)
    {
        if (!_kept.TryAdd((reader, failure.Kind, failure.Place), ""))
            return;
        var inputs = new Inputs(reader, job.Number);
        Input input = inputs.At(index);
        using var child = new ChildProcess();
        string remark = "";
        if (Fails(input.Content))
            input = input with { Content = new Minimizer(Fails, options.MinimizationTime).Minimize(input.Content) };
        else
            remark = $" It occurs only after the inputs from {Cause(reader, job, index)} to {index} of the sequence {job.Number}.";
        string file = _failures.Keep(reader, input, failure with { Detail = failure.Detail + remark });
        _found.Add((reader, file, failure));
        report($"{reader.Name}: {failure.Kind}, {failure.Place}: {file} ({input.Content.Length:N0} bytes).{remark}");

        bool Fails(byte[] content) => child.Read(reader, input.Seed, content, options.Time) is { } again && again.Kind == failure.Kind
            && again.Place == failure.Place;
    }

    // The last input from which on the failure occurs, by bisection.
    private static long Cause(Reader reader, Job job, long index)
    {
        long low = job.First, high = index;
        while (low < high)
        {
            long middle = low + (high - low + 1) / 2;
            bool fails = false;
            using var child = new ChildProcess();
            child.Do(job with { First = middle, Count = index - middle + 1 }, (at, _) => fails |= at == index);
            (low, high) = fails ? (middle, high) : (low, middle - 1);
        }

        return low;
    }

    private ReaderResult Result(Reader reader)
    {
        var done = _done.Where(each => each.Reader == reader).ToArray();
        return new ReaderResult(
            reader, done.Sum(each => each.Inputs), done.Sum(each => each.End.Refused), done.Sum(each => each.End.ProcessorSeconds),
            done.Select(each => each.End.SlowestSeconds).DefaultIfEmpty().Max(),
            [.. _found.Where(each => each.Reader == reader).Select(each => (each.File, each.Failure))]);
    }
}
