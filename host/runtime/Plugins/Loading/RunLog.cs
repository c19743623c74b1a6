using System.Globalization;
using Microsoft.Extensions.Logging;

namespace Tenon.Host.Plugins.Loading;

/// <summary>
/// The log of a run: what its plugins logged, one line each. It begins before the run has a folder, and creates its file with the
/// first message. Thread-safe.
/// </summary>
/// <param name="ended">Called when it is disposed.</param>
internal sealed class RunLog(Action ended) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly List<string> _waiting = [];
    private string? _file;

    /// <summary>The file for messages; those so far are written to it if there are any.</summary>
    /// <param name="file">Continued if it exists.</param>
    public void WriteTo(string file)
    {
        lock (_lock)
        {
            _file = file;
            if (_waiting.Count > 0)
                File.AppendAllLines(file, _waiting);
            _waiting.Clear();
        }
    }

    /// <summary>Adds a message.</summary>
    /// <param name="level">How severe it is.</param>
    /// <param name="category">The class that logged it.</param>
    /// <param name="message">The message.</param>
    /// <param name="failure">An exception with its stack trace, or null.</param>
    public void Add(LogLevel level, string category, string message, Exception? failure)
    {
        string time = DateTime.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        string line = $"{time} {level.ToString().ToLowerInvariant()} {category}: {message}{(failure is null ? "" : $"\n{failure}")}";
        lock (_lock)
        {
            if (_file is null)
                _waiting.Add(line);
            else
                File.AppendAllLines(_file, [line]);
        }
    }

    /// <summary>Ends the log.</summary>
    public void Dispose() => ended();
}
