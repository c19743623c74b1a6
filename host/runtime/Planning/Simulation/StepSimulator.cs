using Tenon.Host.Processes;

namespace Tenon.Host.Planning.Simulation;

/// <summary>
/// Simulates a training step event by event: every worker of every replica follows its schedule, waits for hidden states, and sends
/// over one outgoing link that its messages and its sums of gradients share.
/// </summary>
internal sealed class StepSimulator
{
    private readonly SimulatedStep _step;
    private readonly Worker[] _workers;
    private readonly PriorityQueue<Event, (double Time, long Order)> _events = new();
    // Replicas that have completed each bucket of each stage; the sum starts with the last one.
    private readonly Dictionary<(int Stage, int Chunk, int Bucket), int> _complete = [];
    private readonly List<TimelineEntry> _timeline = [];
    private long _order;
    private double _end;

    private StepSimulator(SimulatedStep step)
    {
        _step = step;
        _workers = [.. Enumerable.Range(0, step.Replicas * step.Stages).Select(index => new Worker(index % step.Stages, step))];
    }

    /// <summary>Simulates a step.</summary>
    /// <param name="step">The step.</param>
    public static SimulationResult Run(SimulatedStep step) => new StepSimulator(step).Run();

    private SimulationResult Run()
    {
        for (int worker = 0; worker < _workers.Length; worker++)
            Begin(worker, 0);
        while (_events.TryDequeue(out Event happened, out (double Time, long Order) at))
        {
            _end = Math.Max(_end, at.Time);
            Handle(happened, at.Time);
        }

        double busy = _workers.Average(worker => worker.Computed) / _end;
        return new SimulationResult(_end, busy, [.. _timeline.OrderBy(entry => entry.Start)]);
    }

    private enum EventKind { Computed, Arrived, BucketComplete, Summed }

    private readonly record struct Event(EventKind Kind, int Worker, PipelineTask Task, int Bucket = 0);

    private sealed class Worker(int stage, SimulatedStep step)
    {
        private readonly PipelineTask[] _tasks = [.. PipelineSchedule.Of(stage, step.Stages, step.Chunks, step.MicroBatches)];
        private int _next;

        public int Stage => stage;

        public bool IsBusy { get; set; }

        public double Computed { get; set; }

        public double LinkFreeAt { get; set; }

        public HashSet<PipelineTask> Inputs { get; } = [];

        public PipelineTask? Next => _next < _tasks.Length ? _tasks[_next] : null;

        public void Advance() => _next++;
    }

    private void Handle(Event happened, double time)
    {
        Worker worker = _workers[happened.Worker];
        switch (happened.Kind)
        {
            case EventKind.Arrived:
                worker.Inputs.Add(happened.Task);
                Begin(happened.Worker, time);
                break;
            case EventKind.Computed:
                worker.IsBusy = false;
                Pass(happened.Worker, happened.Task, time);
                Begin(happened.Worker, time);
                break;
            case EventKind.BucketComplete:
                Sum(worker.Stage, happened.Task.Chunk, happened.Bucket, time);
                break;
            default:
                break;
        }
    }

    private void Begin(int index, double time)
    {
        Worker worker = _workers[index];
        if (worker.IsBusy || worker.Next is not { } task || !HasInput(worker, task))
            return;
        worker.IsBusy = true;
        worker.Advance();
        double seconds = Seconds(worker.Stage, task);
        worker.Computed += seconds;
        Schedule(time + seconds, new Event(EventKind.Computed, index, task));
        if (index < _step.Stages)
            _timeline.Add(new TimelineEntry(worker.Stage, task, time, time + seconds));
        if (_step.BucketSeconds > 0 && (_step.Overlaps ? IsLastBackward(task) : worker.Next is null))
            Complete(index, task, time, seconds);
    }

    private bool IsLastBackward(PipelineTask task) => !task.IsForward && task.MicroBatch == _step.MicroBatches - 1;

    // With overlap, the backward pass completes the buckets of its chunk one after the other; otherwise all are summed after the last one.
    private void Complete(int index, PipelineTask task, double time, double seconds)
    {
        IEnumerable<int> chunks = _step.Overlaps ? [task.Chunk] : Enumerable.Range(0, _step.Chunks);
        foreach (int chunk in chunks)
        {
            for (int bucket = 0; bucket < _step.Buckets; bucket++)
            {
                double share = _step.Overlaps ? (bucket + 1.0) / _step.Buckets : 1;
                Schedule(time + seconds * share, new Event(EventKind.BucketComplete, index, task with { Chunk = chunk }, bucket));
            }
        }
    }

    // The first chunk's forward pass reads the batch; the last chunk's backward pass follows its own forward pass.
    private bool HasInput(Worker worker, PipelineTask task)
    {
        int position = task.Chunk * _step.Stages + worker.Stage;
        return task.IsForward ? position == 0 || worker.Inputs.Contains(task)
            : position == _step.Stages * _step.Chunks - 1 || worker.Inputs.Contains(task);
    }

    private double Seconds(int stage, PipelineTask task)
    {
        bool hasHead = stage == _step.Stages - 1 && task.Chunk == _step.Chunks - 1;
        double head = hasHead ? _step.Head : 0;
        return task.IsForward ? _step.Forward + head / 3 : _step.Backward + 2 * head / 3;
    }

    // Sends the result to the worker that needs it.
    private void Pass(int index, PipelineTask task, double time)
    {
        Worker worker = _workers[index];
        int position = task.Chunk * _step.Stages + worker.Stage;
        int next = position + (task.IsForward ? 1 : -1);
        if (next < 0 || next >= _step.Stages * _step.Chunks)
            return;
        int target = index - worker.Stage + next % _step.Stages;
        var arriving = new Event(EventKind.Arrived, target, task with { Chunk = next / _step.Stages });
        if (target == index)
        {
            Schedule(time, arriving);
            return;
        }

        worker.LinkFreeAt = Math.Max(time, worker.LinkFreeAt) + _step.Transfer;
        Schedule(worker.LinkFreeAt + _step.Latency, arriving);
    }

    private void Sum(int stage, int chunk, int bucket, double time)
    {
        (int, int, int) key = (stage, chunk, bucket);
        int complete = _complete[key] = _complete.GetValueOrDefault(key) + 1;
        if (complete < _step.Replicas)
            return;
        Worker[] group = [.. Enumerable.Range(0, _step.Replicas).Select(replica => _workers[replica * _step.Stages + stage])];
        double start = Math.Max(time, group.Max(worker => worker.LinkFreeAt));
        foreach (Worker worker in group)
            worker.LinkFreeAt = start + _step.BucketSeconds;
        _timeline.Add(new TimelineEntry(stage, null, start, start + _step.BucketSeconds));
        Schedule(start + _step.BucketSeconds, new Event(EventKind.Summed, stage, default));
    }

    private void Schedule(double time, Event happening) => _events.Enqueue(happening, (time, _order++));
}
