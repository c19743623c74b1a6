using System.Diagnostics;
using System.Net.Mime;
using System.Text;
using System.Text.Json.Nodes;

namespace Tenon.Benchmarks.Serving;

/// <summary>An answer of a server as its client receives it.</summary>
internal sealed class Answer
{
    private const string Data = "data: ", End = "[DONE]";

    private readonly SortedDictionary<int, StringBuilder> _texts = [];
    private readonly SortedDictionary<int, List<double>> _scores = [];
    private readonly List<double> _arrivals = [];
    private readonly long _start = Stopwatch.GetTimestamp();

    private Answer()
    {
    }

    /// <summary>The texts, in the order of their indices.</summary>
    public IReadOnlyList<string> Texts => [.. _texts.Values.Select(text => text.ToString())];

    /// <summary>The log-probabilities of the tokens of each text; empty unless the request asks for them.</summary>
    public IReadOnlyList<IReadOnlyList<double>> LogProbabilities => [.. _scores.Values];

    /// <summary>Number of generated tokens.</summary>
    public int Tokens { get; private set; }

    /// <summary>Seconds from the request to each part of the texts; one number if the answer is not a stream.</summary>
    public IReadOnlyList<double> Arrivals => _arrivals;

    /// <summary>Status and error; null if the answer is complete.</summary>
    public string? Failure { get; private set; }

    /// <summary>Sends a request and reads the answer.</summary>
    /// <param name="client">The client.</param>
    /// <param name="path">Path of the endpoint.</param>
    /// <param name="body">The request. A stream must ask for the numbers of tokens.</param>
    /// <param name="leave">Closes the connection.</param>
    /// <exception cref="OperationCanceledException">The connection was closed first.</exception>
    public static Task<Answer> OfAsync(HttpClient client, string path, JsonObject body, CancellationToken leave = default) =>
        OfAsync(client, path, body, _ => true, leave);

    /// <summary>Sends a request and reads the answer up to some part of it.</summary>
    /// <inheritdoc cref="OfAsync(HttpClient, string, JsonObject, CancellationToken)"/>
    /// <param name="client">The client.</param>
    /// <param name="path">Path of the endpoint.</param>
    /// <param name="body">The request.</param>
    /// <param name="continues">Called after each part of a stream; whether to read the next one.</param>
    /// <param name="leave">Closes the connection.</param>
    public static async Task<Answer> OfAsync(
        HttpClient client, string path, JsonObject body, Func<Answer, bool> continues, CancellationToken leave = default)
    {
        var answer = new Answer();
        using var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = new StringContent(body.ToJsonString(), Encoding.UTF8, MediaTypeNames.Application.Json),
        };
        using HttpResponseMessage response =
            await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, leave).ConfigureAwait(false);
        if (response.Content.Headers.ContentType?.MediaType == MediaTypeNames.Text.EventStream)
        {
            await answer.ReadAsync(await response.Content.ReadAsStreamAsync(leave).ConfigureAwait(false), continues, leave)
                .ConfigureAwait(false);
            return answer;
        }

        string text = await response.Content.ReadAsStringAsync(leave).ConfigureAwait(false);
        if (response.IsSuccessStatusCode)
            answer.Add(JsonNode.Parse(text)!);
        else
            answer.Failure = $"{(int)response.StatusCode}: {text}";
        answer.Arrives();
        return answer;
    }

    private async Task ReadAsync(Stream stream, Func<Answer, bool> continues, CancellationToken leave)
    {
        using var lines = new StreamReader(stream);
        while (await lines.ReadLineAsync(leave).ConfigureAwait(false) is { } line)
        {
            if (line.Length == 0)
                continue;
            if (line == Data + End)
                return;
            if (Add(JsonNode.Parse(line[Data.Length..])!))
                Arrives();
            if (!continues(this))
                return;
        }

        Failure ??= "The stream has no end.";
    }

    private void Arrives() => _arrivals.Add(Stopwatch.GetElapsedTime(_start).TotalSeconds);

    // Returns whether there is text.
    private bool Add(JsonNode json)
    {
        if (json["error"] is { } error)
        {
            Failure = error.ToJsonString();
            return false;
        }

        bool hasText = false;
        foreach (JsonNode? choice in json["choices"]!.AsArray())
        {
            string text = (choice!["text"] ?? (choice["message"] ?? choice["delta"])?["content"])?.GetValue<string>() ?? "";
            int index = choice["index"]!.GetValue<int>();
            if (!_texts.TryGetValue(index, out StringBuilder? whole))
            {
                whole = _texts[index] = new StringBuilder();
                _scores[index] = [];
            }

            whole.Append(text);
            if (choice["logprobs"] is { } scores)
            {
                // Chats have a list of tokens, completions a list of numbers.
                _scores[index].AddRange((scores["content"] ?? scores["token_logprobs"])!.AsArray().Select(
                    token => (token is JsonObject ? token["logprob"] : token)!.GetValue<double>()));
            }

            hasText |= text.Length > 0;
        }

        if (json["usage"] is { } usage)
            Tokens = usage["completion_tokens"]!.GetValue<int>();
        return hasText;
    }
}
