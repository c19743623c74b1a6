using Microsoft.Extensions.Logging;

namespace Tenon.Server;

/// <summary>The log of a server: a line for each request, on standard error.</summary>
internal static class ServerLog
{
    private const string Time = "yyyy-MM-ddTHH:mm:ss.fffZ";

    /// <summary>Returns what adds the log's destination.</summary>
    /// <param name="format">text, json or none.</param>
    public static Action<ILoggingBuilder> Of(string format) => logging =>
    {
        if (format == "none")
            return;
        // Standard output belongs to the command's results.
        logging.AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        if (format == "json")
            logging.AddJsonConsole(console => (console.TimestampFormat, console.UseUtcTimestamp) = (Time, true));
        else
            logging.AddSimpleConsole(
                console => (console.TimestampFormat, console.UseUtcTimestamp, console.SingleLine) = ($"{Time} ", true, true));
    };
}
