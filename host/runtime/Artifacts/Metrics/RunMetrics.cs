namespace Tenon.Host.Artifacts.Metrics;

/// <summary>Where the logs of a run ended, in bytes; a resumed run cuts them off there.</summary>
/// <param name="Lines">Of <c>metrics.jsonl</c>.</param>
/// <param name="Events">Of the TensorBoard events.</param>
internal sealed record MetricsPosition(long Lines, long Events);

/// <summary>
/// The figures of a run: those of one step are gathered and written together, to <c>metrics.jsonl</c> and to the
/// TensorBoard events.
/// </summary>
/// <param name="file">Path of <c>metrics.jsonl</c>; the events stand beside it.</param>
/// <param name="position">Where a checkpoint stood; null: a fresh run.</param>
/// <param name="clock">Times of the events.</param>
internal sealed class RunMetrics(string file, MetricsPosition? position, TimeProvider clock) : IDisposable
{
    private readonly MetricsLog lines = new(file, position?.Lines ?? 0);
    private readonly TensorBoardLog events = new(Path.GetDirectoryName(file)!, position?.Events ?? 0, clock);
    private readonly Dictionary<string, double> gathered = [];
    private long step;

    /// <summary>Where the logs end now.</summary>
    public MetricsPosition Position => new(lines.Length, events.Length);

    /// <summary>Notes a figure.</summary>
    /// <param name="at">Its step. When another step's figures are waiting, those are written first.</param>
    /// <param name="name">Name with a slash between group and metric.</param>
    /// <param name="value">Any number; a second value of the same step takes the place of the first.</param>
    public void Record(long at, string name, double value)
    {
        if (at != step)
            Flush();
        step = at;
        gathered[name] = value;
    }

    /// <summary>Forgets what is waiting of steps that were not done.</summary>
    /// <param name="done">The last step that was.</param>
    public void DropAfter(long done)
    {
        if (step > done)
            gathered.Clear();
    }

    /// <summary>Writes what is waiting.</summary>
    public void Flush()
    {
        if (gathered.Count == 0)
            return;
        lines.Write(step, gathered);
        events.Write(step, gathered);
        gathered.Clear();
    }

    /// <summary>Writes what is waiting and forces it to disk.</summary>
    public void Sync()
    {
        Flush();
        lines.Sync();
        events.Sync();
    }

    /// <summary>Writes what is waiting and closes the files.</summary>
    public void Dispose()
    {
        Flush();
        lines.Dispose();
        events.Dispose();
    }
}
