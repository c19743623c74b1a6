using System.Text.Json.Nodes;
using Spectre.Console;

namespace Tenon.Benchmarks.Serving;

/// <summary>
/// Time to the first token of prompts that start with the same system text, with and without memory for earlier prompts
/// (<c>--prefix-memory</c>): GPT-2 124M in bf16. The texts of both servers must be equal.
/// </summary>
internal static class PrefixSection
{
    private const int Question = 16, Questions = 8, Tokens = 16;
    private static readonly int[] _lengths = [128, 256, 512];

    /// <summary>Measures and shows the results.</summary>
    /// <exception cref="InvalidOperationException">The servers generated different texts.</exception>
    public static void Show(Settings settings) => RunAsync(settings).GetAwaiter().GetResult();

    private static async Task RunAsync(Settings settings)
    {
        string folder = Directory.CreateTempSubdirectory("tenon-benchmark-").FullName;
        try
        {
            RandomGpt.Write(settings.IsSmall ? RandomGpt.Small : RandomGpt.Gpt2, folder);
            await using ServerProcess plain = await StartAsync(folder, settings, 0).ConfigureAwait(false);
            await using ServerProcess cached = await StartAsync(folder, settings, 512).ConfigureAwait(false);
            var measured = _lengths.ToDictionary(length => length, _ => new List<(double Plain, double Cached)>());
            for (int round = 0; round < settings.Rounds; round++)
            {
                foreach (int length in _lengths)
                {
                    measured[length].Add(await MeasureAsync(plain, cached, length, round).ConfigureAwait(false));
                    Console.Error.WriteLine($"round {round + 1} of {settings.Rounds}: {length} tokens, {measured[length][^1]}");
                }
            }

            Table table = Settings.Table(
                $"time to the first token, {(settings.IsSmall ? "a small GPT" : "GPT-2 124M")} in bf16, a shared system text and " +
                $"{Question} tokens, {settings.Where}, medians of {settings.Rounds}",
                "system text, tokens", "without, ms", "with --prefix-memory, ms", "ratio");
            foreach ((int length, List<(double Plain, double Cached)> rounds) in measured)
            {
                table.AddRow([$"{length}", .. PairedRounds.Cells(rounds, seconds => 1000 * seconds, "N1")]);
            }

            Settings.Show(table);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static Task<ServerProcess> StartAsync(string folder, Settings settings, int prefixMegabytes) => ServerProcess.StartAsync(
        folder, settings.Threads, "--weights", "bf16", "--cache-memory", "1024", "--prefix-memory", $"{prefixMegabytes}");

    // Medians over the questions, each of which both servers answer in turn.
    private static async Task<(double Plain, double Cached)> MeasureAsync(ServerProcess plain, ServerProcess cached, int length, int round)
    {
        int[] system = Ids(length, length * 1000 + round);
        foreach (ServerProcess server in new[] { plain, cached })
            await AskAsync(server, [.. system, .. Ids(Question, 0)], 1).ConfigureAwait(false); // keeps the system text, and warms up
        List<double> ofPlain = [], ofCached = [];
        for (int question = 1; question <= Questions; question++)
        {
            int[] prompt = [.. system, .. Ids(Question, question)];
            ofPlain.Add((await AskAsync(plain, prompt, 1).ConfigureAwait(false)).Arrivals[0]);
            ofCached.Add((await AskAsync(cached, prompt, 1).ConfigureAwait(false)).Arrivals[0]);
            // A prompt that neither has read.
            int[] other = [.. system, .. Ids(Question, -question)];
            Answer expected = await AskAsync(plain, other, Tokens).ConfigureAwait(false);
            Answer found = await AskAsync(cached, other, Tokens).ConfigureAwait(false);
            if (found.Texts[0] != expected.Texts[0] || found.Tokens != expected.Tokens)
                throw new InvalidOperationException($"The cached prompt gives '{found.Texts[0]}' instead of '{expected.Texts[0]}'.");
        }

        return (CaseResult.Middle([.. ofPlain]), CaseResult.Middle([.. ofCached]));
    }

    private static async Task<Answer> AskAsync(ServerProcess server, int[] prompt, int tokens)
    {
        Answer answer = await Answer.OfAsync(server.Client, "v1/completions", new JsonObject
        {
            ["prompt"] = new JsonArray([.. prompt.Select(id => (JsonNode)id)]),
            ["max_tokens"] = tokens,
            ["temperature"] = 0,
        }).ConfigureAwait(false);
        return answer.Failure is null ? answer : throw new InvalidOperationException($"A request failed: {answer.Failure}");
    }

    private static int[] Ids(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(RandomGpt.Vocabulary - 1))];
    }
}
