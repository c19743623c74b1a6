using System.Net;

namespace Tenon.Server;

/// <summary>Where a server listens, who may use it, and its limits.</summary>
internal sealed record ServerOptions
{
    /// <summary>The address to listen on.</summary>
    public IPAddress Address { get; init; } = IPAddress.Loopback;

    /// <summary>The port; 0 for any free one.</summary>
    public int Port { get; init; }

    /// <summary>The key that requests must send; null for none, which only a loopback address allows.</summary>
    public string? ApiKey { get; init; }

    /// <summary>The folder whose runs the page shows, with its full path; null for none.</summary>
    public string? Runs { get; init; }

    /// <summary>Maximum size of a request's body, in bytes.</summary>
    public long MaxBodyBytes { get; init; } = 4 << 20;

    /// <summary>Time that running requests have to finish when the server stops.</summary>
    public TimeSpan StopTime { get; init; } = TimeSpan.FromSeconds(30);
}
