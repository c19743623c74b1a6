using System.Collections.Concurrent;

namespace Tenon.Host.Native;

/// <summary>
/// A thread that executes work in order. Torch keeps the gradient mode and the number of OpenMP threads per thread, so that
/// everything a model does must happen on one thread, which the thread pool does not guarantee. Thread-safe.
/// </summary>
internal sealed class WorkThread : TaskScheduler, IAsyncDisposable
{
    private readonly BlockingCollection<Task> _queue = [];
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Thread _thread;

    /// <summary>Starts the thread.</summary>
    /// <param name="name">Its name in a debugger.</param>
    public WorkThread(string name)
    {
        _thread = new Thread(Work) { IsBackground = true, Name = name };
        _thread.Start();
    }

    /// <summary>Whether work waits for its turn.</summary>
    public bool HasWaiting => _queue.Count > 0;

    /// <summary>One at a time.</summary>
    public override int MaximumConcurrencyLevel => 1;

    /// <summary>Executes one piece of work on a dedicated thread.</summary>
    /// <param name="name">Name of the thread in a debugger.</param>
    /// <param name="work">The work.</param>
    /// <param name="stop">Cancels it before it begins; later, the work observes it.</param>
    public static async Task<T> RunOnce<T>(string name, Func<T> work, CancellationToken stop)
    {
        await using var thread = new WorkThread(name);
        return await thread.Run(work, stop).ConfigureAwait(false);
    }

    /// <summary>Executes work after all that was added before. What awaits the task continues on another thread.</summary>
    /// <param name="work">The work.</param>
    /// <param name="stop">Cancels it before it begins; later, the work observes it.</param>
    /// <exception cref="ObjectDisposedException">The thread has ended.</exception>
    public Task<T> Run<T>(Func<T> work, CancellationToken stop)
    {
        ObjectDisposedException.ThrowIf(_queue.IsAddingCompleted, this);
        return Task.Factory.StartNew(
            work, stop, TaskCreationOptions.DenyChildAttach | TaskCreationOptions.HideScheduler | TaskCreationOptions.RunContinuationsAsynchronously, this);
    }

    /// <summary>Ends the thread after the work that was added.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.CompleteAdding();
        await _ended.Task.ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override void QueueTask(Task task) => _queue.Add(task);

    /// <inheritdoc/>
    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => false;

    /// <inheritdoc/>
    protected override IEnumerable<Task> GetScheduledTasks() => [.. _queue];

    // Exceptions of the work are the tasks' results.
    private void Work()
    {
        foreach (Task task in _queue.GetConsumingEnumerable())
            TryExecuteTask(task);
        _queue.Dispose();
        _ended.SetResult();
    }
}
