using Microsoft.Extensions.Logging;

namespace Tenon.Cli.Console;

/// <summary>Shows what plugins log: <c>warning Contoso.Characters.Reader: 3 lines are empty</c>.</summary>
/// <param name="show">Shows a text.</param>
/// <param name="verbose">Whether messages below a warning, and stack traces, are shown as well.</param>
internal sealed class PluginLog(Action<string> show, bool verbose) : ILoggerProvider
{
    /// <summary>Loggers that show messages.</summary>
    /// <param name="show">Shows a text.</param>
    /// <param name="verbose">Whether messages below a warning, and stack traces, are shown as well.</param>
    public static ILoggerFactory Create(Action<string> show, bool verbose) => LoggerFactory.Create(logging => logging
        .SetMinimumLevel(verbose ? LogLevel.Debug : LogLevel.Warning).AddProvider(new PluginLog(show, verbose)));

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => new Category(this, categoryName);

    /// <inheritdoc/>
    public void Dispose() { } // Nothing is held.

    private void Show(LogLevel level, string category, string message, Exception? failure)
    {
        string reason = failure is null ? "" : verbose ? $"\n{failure}" : $" {failure.Message}";
        show($"{level.ToString().ToLowerInvariant()} {category}: {message}{reason}");
    }

    private sealed class Category(PluginLog log, string name) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter) =>
            log.Show(logLevel, name, formatter(state, exception), exception);
    }
}
