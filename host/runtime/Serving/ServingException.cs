namespace Tenon.Host.Serving;

/// <summary>A request is refused because too many are running and waiting. It can be repeated later.</summary>
/// <param name="message">States the limit.</param>
internal sealed class QueueFullException(string message) : Exception(message);

/// <summary>A request is refused, or ended early, because the server stops.</summary>
internal sealed class ServingStoppedException() : Exception("The server is stopping. Repeat the request later.");
