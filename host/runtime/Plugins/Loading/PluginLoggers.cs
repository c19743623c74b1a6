using Microsoft.Extensions.Logging;

namespace Tenon.Host.Plugins.Loading;

/// <summary>
/// Loggers for components. Messages reach the program's loggers, and from <see cref="LogLevel.Information"/> on the log of the run
/// in progress. Thread-safe.
/// </summary>
/// <param name="program">The program's loggers; owned by the program.</param>
internal sealed class PluginLoggers(ILoggerFactory program) : ILoggerFactory
{
    private volatile RunLog? _run;

    /// <summary>Begins the log of a run.</summary>
    /// <returns>Ends the log when it is disposed.</returns>
    public RunLog BeginRun()
    {
        RunLog? outer = _run;
        return _run = new RunLog(() => _run = outer);
    }

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => new PluginLogger(this, program.CreateLogger(categoryName), categoryName);

    /// <inheritdoc/>
    public void AddProvider(ILoggerProvider provider) => program.AddProvider(provider);

    /// <inheritdoc/>
    public void Dispose() { } // The program's loggers belong to the program.

    private sealed class PluginLogger(PluginLoggers loggers, ILogger program, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => program.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => program.IsEnabled(logLevel) || IsForRun(logLevel);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter)
        {
            program.Log(logLevel, eventId, state, exception, formatter);
            if (IsForRun(logLevel))
                loggers._run?.Add(logLevel, category, formatter(state, exception), exception);
        }

        private bool IsForRun(LogLevel level) => level is >= LogLevel.Information and < LogLevel.None && loggers._run is not null;
    }
}
