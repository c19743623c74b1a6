namespace Tenon;

/// <summary>
/// Marks a thread that uses a model for inference only, outside any run. Layers may then use faster kernels, which round sums
/// differently from torch's. A run must not mix the two, because its reference model must initially produce the same outputs as the
/// model that it trains.
/// </summary>
public static class InferenceMode
{
    [ThreadStatic]
    private static int _depth;

    /// <summary>Whether this thread is in inference mode.</summary>
    public static bool IsOn => _depth > 0;

    /// <summary>Enters inference mode on this thread. Calls may be nested.</summary>
    /// <returns>A scope that leaves inference mode when disposed. Dispose it on the same thread.</returns>
    public static IDisposable Enter()
    {
        _depth++;
        return new Scope();
    }

    private sealed class Scope : IDisposable
    {
        private bool _isDisposed;

        public void Dispose()
        {
            if (!_isDisposed)
                _depth--;
            _isDisposed = true;
        }
    }
}
