using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;

namespace Tenon.Benchmarks.Serving;

/// <summary>A client that closes its connection: within its request, while its text waits or is generated, or within a stream.</summary>
internal static class Leaving
{
    private const string Path = "v1/chat/completions";
    private const int Tokens = 150;

    /// <summary>Sends a request and leaves.</summary>
    /// <param name="server">The server.</param>
    /// <param name="number">Determines when and how.</param>
    /// <returns>Whether the whole answer had arrived before.</returns>
    public static async Task<bool> RunAsync(ServerProcess server, int number)
    {
        var random = new Random(number);
        JsonObject body = new()
        {
            ["messages"] = new JsonArray(new JsonObject { ["role"] = ChatMessage.User, ["content"] = $"client {number}" }),
            ["max_tokens"] = Tokens,
            ["seed"] = number,
        };
        switch (number % 4)
        {
            case 0:
                await WriteAsync(server, body, random.NextDouble(), TimeSpan.Zero).ConfigureAwait(false);
                return false;
            case 1:
                await WriteAsync(server, body, part: 1, TimeSpan.FromMilliseconds(random.Next(50))).ConfigureAwait(false);
                return false;
            case 2:
                using (var leave = new CancellationTokenSource(TimeSpan.FromMilliseconds(random.Next(1, 100))))
                    return await IsWholeAsync(server, body, _ => true, leave.Token).ConfigureAwait(false);
            default:
                int parts = random.Next(40);
                return await IsWholeAsync(
                    server, LoadRequest.Streamed(body), answer => answer.Arrivals.Count < parts, CancellationToken.None)
                    .ConfigureAwait(false);
        }
    }

    private static async Task<bool> IsWholeAsync(
        ServerProcess server, JsonObject body, Func<Answer, bool> continues, CancellationToken leave)
    {
        try
        {
            return (await Answer.OfAsync(server.Client, Path, body, continues, leave).ConfigureAwait(false)).Tokens > 0;
        }
        catch (OperationCanceledException) when (leave.IsCancellationRequested)
        {
            return false;
        }
    }

    // Sends a part of the request, and resets the connection without reading.
    private static async Task WriteAsync(ServerProcess server, JsonObject body, double part, TimeSpan wait)
    {
        using var connection = new TcpClient { LingerState = new LingerOption(enable: true, seconds: 0) };
        await connection.ConnectAsync(server.Address.Host, server.Address.Port).ConfigureAwait(false);
        byte[] json = Encoding.UTF8.GetBytes(body.ToJsonString());
        byte[] request =
        [
            .. Encoding.ASCII.GetBytes($"POST /{Path} HTTP/1.1\r\nHost: {server.Address.Authority}\r\n" +
                $"Content-Type: application/json\r\nContent-Length: {json.Length}\r\n\r\n"),
            .. json,
        ];
        await connection.GetStream().WriteAsync(request.AsMemory(0, (int)(request.Length * part))).ConfigureAwait(false);
        await Task.Delay(wait).ConfigureAwait(false);
    }
}
