using Tenon.Host;

namespace Tenon.Extensions.AI;

/// <summary>
/// A model that its first use opens, on a thread of its own, because a service container creates its services without waiting. A
/// folder that cannot be opened fails every use with the same exception. Thread-safe.
/// </summary>
/// <typeparam name="TUse">What is read from the model once; disposed before the model if it is <see cref="IAsyncDisposable"/>.</typeparam>
internal sealed class ModelOnDemand<TUse> : IAsyncDisposable where TUse : class
{
    private readonly Lazy<Task<Opened>> _opened;
    private int _isDisposed;

    /// <summary>Creates a model that is not open.</summary>
    /// <param name="host">The library. Not disposed.</param>
    /// <param name="folder">A run's folder, or a model folder.</param>
    /// <param name="options">How it is opened.</param>
    /// <param name="prepare">Reads what the model is used through.</param>
    public ModelOnDemand(TenonHost host, string folder, TenonModelOptions options, Func<ModelThread, Task<TUse>> prepare)
    {
        Name = options.ModelId ?? Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
        _opened = new Lazy<Task<Opened>>(() => OpenAsync(host, folder, options, prepare));
    }

    /// <summary>The model's name in responses.</summary>
    public string Name { get; }

    /// <summary>Opens the model, or waits until it is open.</summary>
    /// <param name="stop">Stops waiting.</param>
    /// <exception cref="ObjectDisposedException">The client was disposed.</exception>
    public async Task<TUse> GetAsync(CancellationToken stop)
    {
        ObjectDisposedException.ThrowIf(_isDisposed != 0, typeof(TUse));
        return (await _opened.Value.WaitAsync(stop).ConfigureAwait(false)).Use;
    }

    /// <summary>Frees the model, if it was opened.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0 || !_opened.IsValueCreated)
            return;
        await ((Task)_opened.Value).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // Its uses have reported the exception.
        if (!_opened.Value.IsCompletedSuccessfully)
            return;
        Opened opened = await _opened.Value.ConfigureAwait(false);
        if (opened.Use is IAsyncDisposable use)
            await use.DisposeAsync().ConfigureAwait(false);
        await opened.Thread.DisposeAsync().ConfigureAwait(false);
    }

    private static async Task<Opened> OpenAsync(
        TenonHost host, string folder, TenonModelOptions options, Func<ModelThread, Task<TUse>> prepare)
    {
        ModelThread thread = await host.OpenAsync(
            folder, options.Device, options.DeviceSettings, options.Adapters, options.BaseModel, options.Weights).ConfigureAwait(false);
        try
        {
            return new Opened(thread, await prepare(thread).ConfigureAwait(false));
        }
        catch
        {
            await thread.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private sealed record Opened(ModelThread Thread, TUse Use);
}
