namespace Tenon.Cli.Commands;

/// <summary>
/// Ctrl+C in a dialogue: the first ends the answer in progress, a second one during the same answer ends the process, in case it no
/// longer responds. Between answers, Ctrl+C only shows a hint.
/// </summary>
internal sealed class AnswerSignal : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Action _onIdle;
    private readonly CancellationToken _stop;
    private CancellationTokenSource? _answer;

    /// <summary>Starts listening.</summary>
    /// <param name="onIdle">Called, on another thread, when there is no answer to end.</param>
    /// <param name="stop">Ends answers, too.</param>
    public AnswerSignal(Action onIdle, CancellationToken stop)
    {
        (_onIdle, _stop) = (onIdle, stop);
        System.Console.CancelKeyPress += Interrupt;
    }

    /// <summary>Generates an answer.</summary>
    /// <param name="answer">Receives the token that Ctrl+C cancels.</param>
    public T Run<T>(Func<CancellationToken, T> answer)
    {
        using var source = CancellationTokenSource.CreateLinkedTokenSource(_stop);
        Set(source);
        try
        {
            return answer(source.Token);
        }
        finally
        {
            Set(null);
        }
    }

    /// <summary>Acts as Ctrl+C does.</summary>
    /// <returns>Whether the process goes on.</returns>
    internal bool Interrupt()
    {
        lock (_lock)
        {
            if (_answer is { IsCancellationRequested: true })
                return false;
            if (_answer is { } answer)
            {
                answer.Cancel();
                return true;
            }
        }

        _onIdle();
        return true;
    }

    /// <summary>Stops listening; Ctrl+C ends the process again.</summary>
    public void Dispose() => System.Console.CancelKeyPress -= Interrupt;

    private void Interrupt(object? sender, ConsoleCancelEventArgs e) => e.Cancel = Interrupt();

    private void Set(CancellationTokenSource? answer)
    {
        lock (_lock)
            _answer = answer;
    }
}
