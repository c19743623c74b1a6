using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Tenon.Cli.Commands;

namespace Tenon.Server.Tests;

/// <summary><c>tenon serve</c>.</summary>
[Collection(ServedModelsInOneProcess.Name)]
public sealed partial class ServeCommandTests(Served served)
{
    [Fact]
    public async Task Serves_until_it_is_stopped()
    {
        using var stop = new CancellationTokenSource();
        using var written = new StringWriter();
        using var output = TextWriter.Synchronized(written);
        using var errors = new StringWriter();
        Task<int> running = Task.Run(() => EntryPoint.Run(
            ["serve", $"first={served.Model("chat")}", served.Model("masked"),
                "--adapter", $"agreeable={served.Adapter("yes", "yes yes yes")}:1", "--runs", served.At("runs"), "--port", "0", "--log", "none", "--device:threads=1"],
            output, errors, input: null, stop.Token));
        string address = await ListeningAsync(() =>
        {
            // As the writer does.
            lock (output)
                return written.ToString();
        }, running);
        using var client = new HttpClient { BaseAddress = new Uri(address) };

        JsonNode models = JsonNode.Parse(await client.GetStringAsync("models"))!;
        JsonNode runs = JsonNode.Parse(await client.GetStringAsync("../tenon/v1/runs"))!;
        using HttpResponseMessage answer = await client.PostAsync("chat/completions", Served.Json(
            """{"model": "first", "max_tokens": 3, "messages": [{"role": "user", "content": "dog"}]}"""));
        await stop.CancelAsync();

        (await running).Should().Be(ExitCode.Done, errors.ToString());
        models["data"]!.AsArray().Select(model => model!["id"]!.GetValue<string>()).Should().Equal("first", "masked", "agreeable");
        answer.StatusCode.Should().Be(HttpStatusCode.OK);
        runs["data"]!.AsArray().Should().Contain(run => run!["name"]!.GetValue<string>() == "chat");
        written.ToString().Should().Contain("first   a causal language model   chat, completion, embedding");
        errors.ToString().Should().Contain("Stopping: requests have 30 seconds to finish.");
    }

    [Theory]
    [InlineData(2, "--host 0.0.0.0 lets other machines use the server, so it needs a key.", "--host", "0.0.0.0")]
    [InlineData(2, "--host is 'nowhere'; it must be an IP address", "--host", "nowhere")]
    [InlineData(2, "--api-key-file: 'none.txt' cannot be read", "--api-key-file", "none.txt")]
    [InlineData(2, "--port takes 0 … 65535; found 70000.", "--port", "70000")]
    [InlineData(2, "--max-running takes 1 … 1024; found 0.", "--max-running", "0")]
    [InlineData(2, "--runs: The folder 'nowhere-else' does not exist.", "--runs", "nowhere-else")]
    [InlineData(2, "--log is 'xml'; allowed: text, json, none.", "--log", "xml")]
    [InlineData(2, "Did you mean '--port'?", "--prot", "1")]
    public void Wrong_options_are_refused_before_a_model_is_opened(int code, string message, params string[] options) =>
        Refused(code, message, ["nowhere", .. options]);

    [Fact]
    public void Folders_that_cannot_be_served_are_refused()
    {
        string tooShort = served.At("key.txt");
        File.WriteAllText(tooShort, "secret\n");
        string empty = served.At("empty");
        Directory.CreateDirectory(empty);

        Refused(2, "has a key of 6 characters; it must have at least 16.", "nowhere", "--api-key-file", tooShort).Should()
            .NotContain("secret");
        Refused(4, "The folder 'nowhere' does not exist.", "nowhere");
        Refused(4, "empty", empty);
        Refused(2, "Several folders have the name 'chat'. Set another: tenon serve chat-1=", served.Model("chat"), served.Model("chat"));
        Refused(4, "is not an adapter folder", served.Model("masked"), "--adapter", served.Model("chat"));
        Refused(4, $"was trained on the model in '{served.Model("chat")}', which is not served. Add that folder.",
            served.Model("masked"), served.Model("labelled"), "--adapter", served.Adapter("yes", "yes yes yes"));
        Refused(2, "'tenon serve' needs the argument folder:");
    }

    [Fact]
    public void A_port_in_use_is_reported()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        int port = ((IPEndPoint)taken.LocalEndpoint).Port;

        Refused(4, $"Port {port} of 127.0.0.1 is in use by another program. Choose another with --port.",
            served.Model("masked"), "--port", $"{port}");
    }

    private static string Refused(int code, string message, params string[] arguments)
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();

        EntryPoint.Run(["serve", .. arguments], output, errors).Should().Be(code, errors.ToString());

        errors.ToString().Should().Contain(message);
        errors.ToString().Trim().Split('\n').Should().ContainSingle();
        return errors.ToString();
    }

    private static async Task<string> ListeningAsync(Func<string> output, Task running)
    {
        while (!running.IsCompleted)
        {
            if (Listening().Match(output()) is { Success: true } line)
                return $"{line.Groups["address"].Value}/";
            await Task.Delay(20);
        }

        throw new InvalidOperationException(output());
    }

    [GeneratedRegex(@"Listening on (?<address>http://127\.0\.0\.1:\d+/v1)")]
    private static partial Regex Listening();
}
