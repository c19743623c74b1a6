namespace Tenon.Host.Artifacts.Metrics;

/// <summary>Lengths of a run's logs in bytes; a resumed run truncates them to these.</summary>
/// <param name="Lines">Length of <c>metrics.jsonl</c>.</param>
/// <param name="Events">Length of the TensorBoard events.</param>
internal sealed record MetricsPosition(long Lines, long Events);

/// <summary>
/// The metrics of a run. The metrics of each step are collected and written together, to <c>metrics.jsonl</c> and to TensorBoard
/// events. Nothing is written or truncated before <see cref="Open"/>, because a resumed run may still be refused.
/// </summary>
/// <param name="file">Path of <c>metrics.jsonl</c>; the events are next to it.</param>
/// <param name="position">Log lengths at a checkpoint; null for a new run.</param>
/// <param name="clock">Source of event times.</param>
internal sealed class RunMetrics(string file, MetricsPosition? position, TimeProvider clock) : IDisposable
{
    private readonly Dictionary<string, double> gathered = [];
    private MetricsLog? lines;
    private TensorBoardLog? events;
    private long step;
    private bool isOpen;

    /// <summary>Current lengths of the logs.</summary>
    public MetricsPosition Position => new(lines?.Length ?? 0, events?.Length ?? 0);

    /// <summary>Opens the logs and truncates them to the position of the checkpoint.</summary>
    /// <param name="writes">Whether this process writes; otherwise, metrics are dropped when they would be written.</param>
    public void Open(bool writes = true)
    {
        isOpen = true;
        if (!writes)
            return;
        lines ??= new MetricsLog(file, position?.Lines ?? 0);
        events ??= new TensorBoardLog(Path.GetDirectoryName(file)!, position?.Events ?? 0, clock);
    }

    /// <summary>Records a metric.</summary>
    /// <param name="at">The step. Pending metrics of another step are written first.</param>
    /// <param name="name">Name with a slash between group and metric.</param>
    /// <param name="value">Any number; a second value at the same step replaces the first.</param>
    public void Record(long at, string name, double value)
    {
        if (at != step)
            Flush();
        step = at;
        gathered[name] = value;
    }

    /// <summary>The metrics of the current step, which have not been written yet.</summary>
    public IReadOnlyDictionary<string, double> Pending => gathered;

    /// <summary>Discards pending metrics of steps that were not completed.</summary>
    /// <param name="done">The last completed step.</param>
    public void DropAfter(long done)
    {
        if (step > done)
            gathered.Clear();
    }

    /// <summary>Replaces the pending metrics that a strategy or a reward recorded.</summary>
    /// <param name="combine">Returns the new values, in the order of the names.</param>
    public void Combine(Func<double[], double[]> combine)
    {
        string[] names = [.. gathered.Keys.Where(FigureNames.IsRecorded).Order(StringComparer.Ordinal)];
        if (names.Length == 0)
            return;
        foreach ((string name, double value) in names.Zip(combine([.. names.Select(name => gathered[name])])))
            gathered[name] = value;
    }

    /// <summary>Writes pending metrics, if the logs are open.</summary>
    public void Flush()
    {
        if (gathered.Count == 0 || !isOpen)
            return;
        lines?.Write(step, gathered);
        events?.Write(step, gathered);
        gathered.Clear();
    }

    /// <summary>Flushes everything written so far to disk.</summary>
    public void Sync()
    {
        lines?.Sync();
        events?.Sync();
    }

    /// <summary>Writes pending metrics and closes the files.</summary>
    public void Dispose()
    {
        Flush();
        lines?.Dispose();
        events?.Dispose();
    }
}
