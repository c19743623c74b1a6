using System.CommandLine;
using System.Net;
using Tenon.Host.Native;
using Tenon.Host.Plugins.Loading;
using Tenon.Host.Serving;
using Tenon.Server;

namespace Tenon.Cli.Commands;

/// <summary>The options of <c>tenon serve</c> that set where it listens, who may use it, and its limits.</summary>
internal sealed class ServeOptions
{
    /// <summary>The environment variable with the key.</summary>
    public const string KeyVariable = "TENON_API_KEY";

    private const int ShortestKey = 16;

    private readonly Option<string> _address = new("--host")
    {
        Description = "The IP address to listen on; 0.0.0.0 for all of this machine. Any other than 127.0.0.1 and ::1 needs a key.",
        DefaultValueFactory = _ => "127.0.0.1",
    };

    private readonly Option<int> _port = new("--port")
    {
        Description = "The port; 0 for any free one.",
        DefaultValueFactory = _ => 8080,
    };

    private readonly Option<string?> _keyFile = new("--api-key-file")
    {
        Description = $"File with the key that requests must send, at least {ShortestKey} characters. Default: the value of " +
            $"{KeyVariable}, otherwise no key.",
    };

    private readonly Option<string?> _runs = new("--runs")
    {
        Description = "Folder whose runs the page shows, also while they train. Default: the page shows no runs.",
    };

    private readonly Option<string> _log = new("--log")
    {
        Description = "Format of the log on standard error, a line per request without prompts or texts: text, json or none.",
        DefaultValueFactory = _ => "text",
    };

    private readonly Option<int> _running = new("--max-running")
    {
        Description = "Texts that a model generates at the same time.",
        DefaultValueFactory = _ => 16,
    };

    private readonly Option<int> _waiting = new("--max-waiting")
    {
        Description = "Further texts that wait for a model; more are refused with status 429.",
        DefaultValueFactory = _ => 64,
    };

    private readonly Option<int?> _promptTokens = new("--max-prompt-tokens")
    {
        Description = "Maximum number of tokens in a prompt. Default: the model's context.",
    };

    private readonly Option<int?> _newTokens = new("--max-new-tokens", "-n")
    {
        Description = "Maximum number of tokens to generate for a text. Default: the model's context.",
    };

    private readonly Option<int?> _cache = new("--cache-memory")
    {
        Description = "Memory in MB for the keys and values of the texts of a model; texts that do not fit wait. Default: on a CPU, half " +
            "of the memory that is free once the model is loaded; otherwise no limit.",
    };

    private readonly Option<int?> _prefixes = new("--prefix-memory")
    {
        Description = "Part of --cache-memory in MB that may keep earlier prompts, as far as running texts leave it, so that prompts " +
            "with the same start are processed from where they differ; 0 keeps none. Default: half of --cache-memory.",
    };

    private readonly Option<int> _body = new("--max-body")
    {
        Description = "Maximum size of a request in KB.",
        DefaultValueFactory = _ => 4096,
    };

    private readonly Option<double> _time = new("--request-time")
    {
        Description = "Maximum time of a request in seconds, with the time that it waits.",
        DefaultValueFactory = _ => 600,
    };

    private readonly Option<double> _stopTime = new("--stop-time")
    {
        Description = "Seconds that running requests have to finish when the server stops.",
        DefaultValueFactory = _ => 30,
    };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        _port.Accept(value => value is >= 0 and <= 65_535, "0 … 65535");
        _log.AcceptOnlyFromAmong("text", "json", "none");
        _running.Accept(value => value is >= 1 and <= 1024, "1 … 1024");
        _waiting.Accept(value => value is >= 0 and <= 100_000, "0 … 100000");
        _promptTokens.Accept(value => value is null or >= 1, "1 or more");
        _newTokens.Accept(value => value is null or >= 1, "1 or more");
        _cache.Accept(value => value is null or >= 1, "1 or more");
        _prefixes.Accept(value => value is null or >= 0, "0 or more");
        _body.Accept(value => value is >= 1 and <= 1_000_000, "1 … 1000000");
        _time.Accept(value => value is > 0 and <= 86_400, "above 0, up to 86400");
        _stopTime.Accept(value => value is >= 0 and <= 3600, "0 … 3600");
        foreach (Option option in new Option[]
            {
                _address, _port, _keyFile, _runs, _log, _running, _waiting, _promptTokens, _newTokens, _cache, _prefixes, _body, _time,
                _stopTime,
            })
            command.Add(option);
    }

    /// <summary>Reads where the server listens, who may use it, and what it shows.</summary>
    /// <param name="result">The command line.</param>
    /// <exception cref="OptionsException">The address, the key or the folder of runs cannot be used.</exception>
    public ServerOptions Server(ParseResult result)
    {
        string? key = Key(result.GetValue(_keyFile));
        return new ServerOptions
        {
            Address = Address(result.GetValue(_address)!, key),
            Port = result.GetValue(_port),
            ApiKey = key,
            Runs = Runs(result.GetValue(_runs)),
            MaxBodyBytes = result.GetValue(_body) * 1024L,
            StopTime = TimeSpan.FromSeconds(result.GetValue(_stopTime)),
        };
    }

    /// <summary>Reads the limits of each model.</summary>
    /// <param name="result">The command line.</param>
    public ServingLimits Limits(ParseResult result) => new()
    {
        MaxRunning = result.GetValue(_running),
        MaxWaiting = result.GetValue(_waiting),
        MaxPromptTokens = result.GetValue(_promptTokens) ?? int.MaxValue,
        MaxNewTokens = result.GetValue(_newTokens) ?? int.MaxValue,
        CacheBytes = result.GetValue(_cache) * 1_000_000L,
        PrefixBytes = result.GetValue(_prefixes) * 1_000_000L,
        RequestTime = TimeSpan.FromSeconds(result.GetValue(_time)),
    };

    /// <summary>Reads the format of the log.</summary>
    /// <param name="result">The command line.</param>
    public string Log(ParseResult result) => result.GetValue(_log)!;

    private static IPAddress Address(string text, string? key)
    {
        if (!IPAddress.TryParse(text.Equals("localhost", StringComparison.OrdinalIgnoreCase) ? "127.0.0.1" : text, out IPAddress? address))
        {
            throw new OptionsException(
                $"--host is '{text}'; it must be an IP address of this machine, such as 127.0.0.1, or 0.0.0.0 for all.");
        }

        return key is not null || IPAddress.IsLoopback(address) ? address : throw new OptionsException(
            $"--host {text} lets other machines use the server, so it needs a key. Set {KeyVariable} or --api-key-file.");
    }

    private static string? Runs(string? folder) => folder is null || Directory.Exists(folder)
        ? folder is null ? null : Path.GetFullPath(folder)
        : throw new OptionsException($"--runs: {MissingFolder.Message(folder)}");

    private static string? Key(string? file)
    {
        if (file is null)
            return Environment.GetEnvironmentVariable(KeyVariable) is { Length: > 0 } key ? Checked(key, KeyVariable) : null;
        try
        {
            return Checked(File.ReadAllText(file).Trim(), $"--api-key-file: '{file}'");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new OptionsException($"--api-key-file: '{file}' cannot be read: {failure.Message}", failure);
        }
    }

    // The key itself is never shown.
    private static string Checked(string key, string source) =>
        key.Length < ShortestKey
            ? throw new OptionsException($"{source} has a key of {key.Length} characters; it must have at least {ShortestKey}.")
        : key.Any(character => character is <= ' ' or > '~')
            ? throw new OptionsException($"{source} has a key with characters that are not printable ASCII, or several words. Write one " +
                "line without spaces.")
        : key;
}
