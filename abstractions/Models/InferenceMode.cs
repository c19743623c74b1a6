namespace Tenon;

/// <summary>
/// Whether a thread only uses a model, outside of any run. Layers may then use kernels that are faster, but whose sums are rounded
/// differently than those of torch, which a run must not mix: its reference model must equal the model that it trains.
/// </summary>
public static class InferenceMode
{
    [ThreadStatic]
    private static int _depth;

    /// <summary>Whether this thread is in inference mode.</summary>
    public static bool IsOn => _depth > 0;

    /// <summary>Enters inference mode on this thread. May be nested.</summary>
    /// <returns>Leaves inference mode when it is disposed, on the same thread.</returns>
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
