using System.Text.Json.Nodes;
using Spectre.Console;

namespace Tenon.Benchmarks.Serving;

/// <summary>
/// Streams of a server with GPT-2 124M in bf16 as its clients see them: tokens per second, time to the first token, and the time between
/// two tokens, also while a long prompt arrives.
/// </summary>
internal static class StreamsSection
{
    private const int Tokens = 48, LongPrompt = 768, LongPromptStreams = 4;

    // A letter of the synthetic tokenizer, which is text by itself, so that each token is a part of the stream.
    private const int Letter = 'a' - '!';

    private static readonly int[] _counts = [1, 4, 16, 64];

    /// <summary>Measures and shows the results.</summary>
    public static void Show(Settings settings) => RunAsync(settings).GetAwaiter().GetResult();

    private static async Task RunAsync(Settings settings)
    {
        int tokens = settings.Steps ?? Tokens;
        string folder = Directory.CreateTempSubdirectory("tenon-benchmark-").FullName;
        try
        {
            RandomGpt.Write(settings.IsSmall ? RandomGpt.Small : RandomGpt.Gpt2, folder);
            await using ServerProcess server = await ServerProcess.StartAsync(
                folder, settings.Threads, "--weights", "bf16", "--max-running", "64", "--prefix-memory", "0").ConfigureAwait(false);
            await MeasureAsync(server, 1, tokens, arrives: false).ConfigureAwait(false); // warms up
            (int Count, bool Arrives)[] variants =
                [.. _counts.Select(count => (count, false)), (LongPromptStreams, false), (LongPromptStreams, true)];
            List<Streams>[] measured = [.. variants.Select(_ => new List<Streams>())];
            for (int round = 0; round < settings.Rounds; round++)
            {
                foreach ((int at, (int count, bool arrives)) in variants.Index())
                {
                    measured[at].Add(await MeasureAsync(server, count, tokens, arrives).ConfigureAwait(false));
                    Console.Error.WriteLine(
                        $"round {round + 1} of {settings.Rounds}: {count} streams, {measured[at][^1].PerSecond:N1} per second");
                }
            }

            Show(settings, tokens, measured);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Show(Settings settings, int tokens, List<Streams>[] measured)
    {
        string name = settings.IsSmall ? "a small GPT" : "GPT-2 124M";
        double alone = Middle(measured[0], each => each.PerSecond);
        Table table = Settings.Table(
            $"streams of a server, {name} in bf16, {tokens} tokens each, {settings.Where}, medians of {settings.Rounds}",
            "streams", "tokens per second", "ratio to one", "first token, ms", "95%, ms", "between tokens, ms", "95%, ms");
        foreach ((int at, int count) in _counts.Index())
        {
            double perSecond = Middle(measured[at], each => each.PerSecond);
            table.AddRow([$"{count}", $"{perSecond:N1}", $"{perSecond / alone:F2}", .. Times(measured[at])]);
        }

        Settings.Show(table);
        table = Settings.Table(
            $"{LongPromptStreams} streams while a prompt of {LongPrompt} tokens arrives", "the prompt", "its first token, ms",
            "between tokens of the others, ms", "95%, ms", "longest, ms");
        foreach ((string prompt, List<Streams> rounds) in new[] { ("none", measured[^2]), ("arrives", measured[^1]) })
        {
            table.AddRow(
                prompt, rounds[0].LongFirst is null ? "" : Milliseconds(rounds, each => each.LongFirst!.Value),
                Milliseconds(rounds, each => Between(each, 0.5)), Milliseconds(rounds, each => Between(each, 0.95)),
                Milliseconds(rounds, each => Between(each, 1)));
        }

        Settings.Show(table);
    }

    private static string[] Times(List<Streams> rounds) =>
    [
        Milliseconds(rounds, each => LoadSection.Quantile(each.First, 0.5)),
        Milliseconds(rounds, each => LoadSection.Quantile(each.First, 0.95)),
        Milliseconds(rounds, each => Between(each, 0.5)),
        Milliseconds(rounds, each => Between(each, 0.95)),
    ];

    private static double Between(Streams streams, double share) => LoadSection.Quantile(streams.Between, share);

    private static double Middle(List<Streams> rounds, Func<Streams, double> of) => CaseResult.Middle([.. rounds.Select(of)]);

    private static string Milliseconds(List<Streams> rounds, Func<Streams, double> of) => $"{1000 * Middle(rounds, of):N1}";

    private static async Task<Streams> MeasureAsync(ServerProcess server, int count, int tokens, bool arrives)
    {
        var isUnderway = new TaskCompletionSource();
        Task<Answer>[] streams = [.. Enumerable.Range(0, count).Select(i => Answer.OfAsync(
            server.Client, "v1/completions", Request(Prompt(i, 8 + i % 8), tokens), answer =>
            {
                if (answer.Arrivals.Count >= tokens / 4)
                    isUnderway.TrySetResult();
                return true;
            }))];
        Answer? added = null;
        if (arrives)
        {
            await isUnderway.Task.ConfigureAwait(false);
            added = await Answer.OfAsync(server.Client, "v1/completions", Request(Prompt(9, LongPrompt), 1)).ConfigureAwait(false);
        }

        Answer[] answers = await Task.WhenAll(streams).ConfigureAwait(false);
        if (answers.Append(added).FirstOrDefault(answer => answer?.Failure is not null) is { } failed)
            throw new InvalidOperationException($"A stream failed: {failed.Failure}");
        if (answers.Any(answer => answer.Arrivals.Count != tokens))
            throw new InvalidOperationException("A stream does not have a part for each token.");
        return new Streams(
            answers.Sum(answer => answer.Tokens) / answers.Max(answer => answer.Arrivals[^1]),
            [.. answers.Select(answer => answer.Arrivals[0]).Order()],
            [.. answers.SelectMany(answer => answer.Arrivals.Zip(answer.Arrivals.Skip(1), (one, next) => next - one)).Order()],
            added?.Arrivals[0]);
    }

    private static JsonObject Request(int[] prompt, int tokens) => LoadRequest.Streamed(new JsonObject
    {
        ["prompt"] = new JsonArray([.. prompt.Select(id => (JsonNode)id)]),
        ["max_tokens"] = tokens,
        ["seed"] = prompt[0],
        ["logit_bias"] = new JsonObject { [$"{Letter}"] = 100 },
    });

    private static int[] Prompt(int first, int length) =>
        [.. Enumerable.Range(0, length).Select(at => (first * 101 + at * 37) % 1000 + 100)];

    /// <summary>Streams that were generated together.</summary>
    /// <param name="PerSecond">Tokens per second from the first request to the last token.</param>
    /// <param name="First">Seconds from a request to its first token, in ascending order.</param>
    /// <param name="Between">Seconds between two tokens of a stream, in ascending order.</param>
    /// <param name="LongFirst">Seconds from the long prompt to its first token; null without one.</param>
    private sealed record Streams(double PerSecond, double[] First, double[] Between, double? LongFirst);
}
