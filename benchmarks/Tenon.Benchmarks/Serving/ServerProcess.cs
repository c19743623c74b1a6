using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Tenon.Benchmarks.Serving;

/// <summary><c>tenon serve</c> in a process of its own, on a free port, without a log.</summary>
internal sealed partial class ServerProcess : IAsyncDisposable
{
    private readonly Process _process;

    private ServerProcess(Process process, Uri address)
    {
        (_process, Address) = (process, address);
        // A client that leaves closes its connection instead of reading the rest.
        Client = new HttpClient(new SocketsHttpHandler { MaxResponseDrainSize = 0 })
        {
            BaseAddress = address,
            Timeout = TimeSpan.FromMinutes(10),
        };
    }

    /// <summary>The address with the port in use.</summary>
    public Uri Address { get; }

    /// <summary>A client with as many connections as there are requests.</summary>
    public HttpClient Client { get; }

    /// <summary>Resident memory of the process, in bytes.</summary>
    public long ResidentBytes => (long)((ProcessStatus.KiB(_process.Id, ProcessStatus.Resident) ?? 0) * 1024);

    /// <summary>Open files and connections of the process.</summary>
    public int Handles => Directory.GetFiles($"/proc/{_process.Id}/fd").Length;

    /// <summary>Starts a server and waits until it listens.</summary>
    /// <param name="folder">Folder of the model, or NAME=FOLDER.</param>
    /// <param name="threads">Number of torch threads.</param>
    /// <param name="options">Further options.</param>
    /// <exception cref="InvalidOperationException">The server did not start; the message contains its output.</exception>
    public static async Task<ServerProcess> StartAsync(string folder, int threads, params IEnumerable<string> options)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "tenon.dll");
        Process process = Process.Start(new ProcessStartInfo(
            "dotnet", [program, "serve", folder, $"--device:threads={threads}", "--port", "0", "--log", "none", .. options])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        while (await process.StandardOutput.ReadLineAsync().ConfigureAwait(false) is { } line)
        {
            if (Listening().Match(line) is { Success: true } address)
                return new ServerProcess(process, new Uri(address.Groups["address"].Value));
        }

        throw new InvalidOperationException($"'tenon serve {folder}' ended: {await errors.ConfigureAwait(false)}");
    }

    /// <summary>Numbers of texts that are generated, and that wait.</summary>
    public async Task<(int Running, int Waiting)> TextsAsync()
    {
        string metrics = await Client.GetStringAsync("metrics").ConfigureAwait(false);
        Dictionary<string, int> numbers = Texts().Matches(metrics).ToDictionary(
            line => line.Groups["state"].Value, line => int.Parse(line.Groups["count"].Value, CultureInfo.InvariantCulture));
        return (numbers["running"], numbers["waiting"]);
    }

    /// <summary>Waits until no text is generated and none waits.</summary>
    /// <param name="most">Maximum time.</param>
    /// <returns>The time that it took.</returns>
    /// <exception cref="TimeoutException">There are still texts.</exception>
    public async Task<TimeSpan> IdleAsync(TimeSpan most)
    {
        long start = Stopwatch.GetTimestamp();
        while (await TextsAsync().ConfigureAwait(false) is var (running, waiting) && running + waiting > 0)
        {
            if (Stopwatch.GetElapsedTime(start) > most)
                throw new TimeoutException($"{running} texts are still generated and {waiting} wait after {most.TotalSeconds:N0} seconds.");
            await Task.Delay(5).ConfigureAwait(false);
        }

        return Stopwatch.GetElapsedTime(start);
    }

    /// <summary>Stops the server as a service manager does.</summary>
    /// <exception cref="InvalidOperationException">It did not end with exit code 0.</exception>
    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        using Process stop = Process.Start("kill", ["-TERM", $"{_process.Id}"]);
        await _process.WaitForExitAsync().ConfigureAwait(false);
        int code = _process.ExitCode;
        _process.Dispose();
        if (code != 0)
            throw new InvalidOperationException($"'tenon serve' ended with exit code {code}.");
    }

    [GeneratedRegex(@"^Listening on (?<address>http://127\.0\.0\.1:\d+/)v1")]
    private static partial Regex Listening();

    [GeneratedRegex("""^tenon_texts_(?<state>running|waiting)\{[^}]*\} (?<count>\d+)$""", RegexOptions.Multiline)]
    private static partial Regex Texts();
}
