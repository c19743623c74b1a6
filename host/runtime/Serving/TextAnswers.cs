using System.Threading.Channels;

namespace Tenon.Host.Serving;

/// <summary>
/// The texts of one request while they are generated. The engine writes their parts, and one reader reads them. Disposing it cancels
/// the texts that have not ended.
/// </summary>
internal sealed class TextAnswers : IDisposable
{
    private readonly Channel<(int Index, TextPart Part)> _parts =
        Channel.CreateUnbounded<(int, TextPart)>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });

    private readonly CancellationTokenSource _cancelled;
    private readonly CancellationToken _stop;
    private readonly TimeSpan _time;
    private int _left;
    private int _disposed;

    /// <summary>Creates the parts of texts that have not begun.</summary>
    /// <param name="count">Number of texts.</param>
    /// <param name="time">Maximum time of the request.</param>
    /// <param name="stop">Cancels the texts.</param>
    public TextAnswers(int count, TimeSpan time, CancellationToken stop)
    {
        (_left, _time, _stop) = (count, time, stop);
        _cancelled = CancellationTokenSource.CreateLinkedTokenSource(stop);
        Cancelled = _cancelled.Token;
        _cancelled.CancelAfter(time);
    }

    /// <summary>Cancelled when the texts are no longer wanted, or their time is over.</summary>
    public CancellationToken Cancelled { get; }

    /// <summary>Reads the parts of all texts, as they are generated; once.</summary>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    /// <exception cref="TimeoutException">The time is over.</exception>
    /// <exception cref="ServingStoppedException">The server stopped before the texts ended.</exception>
    public async IAsyncEnumerable<(int Index, TextPart Part)> ReadAsync()
    {
        while (await IsMoreAsync().ConfigureAwait(false))
        {
            while (_parts.Reader.TryRead(out (int Index, TextPart Part) part))
                yield return part;
        }
    }

    /// <summary>Cancels the texts that have not ended.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        _cancelled.Cancel();
        _cancelled.Dispose();
    }

    /// <summary>Adds a part. Called on the model's thread.</summary>
    /// <param name="index">Index of the text.</param>
    /// <param name="part">The part.</param>
    internal void Write(int index, TextPart part)
    {
        _parts.Writer.TryWrite((index, part));
        if (part.Ending is not null && --_left == 0)
            _parts.Writer.TryComplete();
    }

    /// <summary>Ends all texts with a failure. Called on the model's thread.</summary>
    /// <param name="failure">What the reader throws.</param>
    internal void Fail(Exception failure) => _parts.Writer.TryComplete(failure);

    private async ValueTask<bool> IsMoreAsync()
    {
        try
        {
            return await _parts.Reader.WaitToReadAsync(Cancelled).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!_stop.IsCancellationRequested)
        {
            throw new TimeoutException(
                FormattableString.Invariant($"The request took longer than {_time.TotalSeconds:0.###} seconds. Ask for fewer tokens."));
        }
    }
}
