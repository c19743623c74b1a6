using System.Diagnostics;

namespace Tenon.Benchmarks.Serving;

/// <summary>The answers to many requests.</summary>
/// <param name="Requests">The requests.</param>
/// <param name="Answers">The answer to each.</param>
/// <param name="Seconds">Time of all of them.</param>
internal sealed record LoadResult(IReadOnlyList<LoadRequest> Requests, IReadOnlyList<Answer> Answers, double Seconds)
{
    // Of log-probabilities.
    private const double Rounding = 1e-3;

    /// <summary>Requests that failed or whose texts are not complete, with what came instead.</summary>
    public IReadOnlyList<string> Failed =>
    [
        .. Requests.Zip(Answers).Where(pair => !pair.First.IsComplete(pair.Second)).Select(
            pair => $"{pair.First.Marker}: {pair.Second.Failure ?? string.Join(" | ", pair.Second.Texts)}"),
    ];

    /// <summary>Number of answers with the marker of another request.</summary>
    public int Mixed => Requests.Zip(Answers).Count(pair => pair.First.HasOtherMarker(pair.Second));

    /// <summary>Number of generated tokens.</summary>
    public long Tokens => Answers.Sum(answer => (long)answer.Tokens);

    /// <summary>
    /// The requests whose texts are not those of other answers to the same requests: as long as two texts are equal, the model must give
    /// their tokens the same log-probabilities, or it has read something else.
    /// </summary>
    /// <param name="alone">The other answers.</param>
    public IReadOnlyList<string> Differences(LoadResult alone) =>
    [
        .. Pairs(alone).Where(pair => !HaveSameContext(pair.Own, pair.Alone)).Select(
            pair => $"{pair.Marker}: {string.Join(" | ", pair.Own.Texts)} instead of {string.Join(" | ", pair.Alone.Texts)}"),
    ];

    /// <summary>
    /// Number of answers with other texts. Rounding can move the limit between two tokens over the random number that draws one of them.
    /// </summary>
    /// <param name="alone">The other answers.</param>
    public int DrawnOtherwise(LoadResult alone) => Pairs(alone).Count(pair => !pair.Own.Texts.SequenceEqual(pair.Alone.Texts));

    private IEnumerable<(string Marker, Answer Own, Answer Alone)> Pairs(LoadResult alone) =>
        Requests.Select((request, i) => (request.Marker, Answers[i], alone.Answers[i]));

    // The tokenizer has a token for each byte, and the texts are ASCII.
    private static bool HaveSameContext(Answer own, Answer alone) => own.Texts.Count == alone.Texts.Count
        && own.Texts.Index().All(text =>
        {
            int same = text.Item.AsSpan().CommonPrefixLength(alone.Texts[text.Index]);
            return own.LogProbabilities[text.Index].Take(same).Zip(
                alone.LogProbabilities[text.Index], (one, other) => Math.Abs(one - other)).Count(gap => gap < Rounding) == same;
        });
}

/// <summary>What a server holds after a number of requests.</summary>
/// <param name="Done">Completed requests.</param>
/// <param name="ResidentBytes">Its resident memory.</param>
/// <param name="Handles">Its open files and connections.</param>
/// <param name="PerSecond">Requests per second since the row before.</param>
/// <param name="Wrong">Requests since the row before that failed or had the marker of another one.</param>
internal sealed record LoadRow(int Done, long ResidentBytes, int Handles, double PerSecond, int Wrong);

/// <summary>Sends many requests to a server.</summary>
internal static class Load
{
    private static readonly TimeSpan _untilIdle = TimeSpan.FromSeconds(30);

    /// <summary>Starts a server that generates many texts together, in a small memory.</summary>
    /// <param name="folder">Folder of the model.</param>
    /// <param name="threads">Number of torch threads.</param>
    public static Task<ServerProcess> ServerAsync(string folder, int threads) => ServerProcess.StartAsync(
        folder, threads, "--max-running", "16", "--max-waiting", "128", "--cache-memory", "64", "--prefix-memory", "16");

    /// <summary>Starts a server that generates one text at a time and keeps no prompts.</summary>
    /// <inheritdoc cref="ServerAsync"/>
    public static Task<ServerProcess> ServerOfOneAsync(string folder, int threads) => ServerProcess.StartAsync(
        folder, threads, "--max-running", "1", "--max-waiting", "128", "--prefix-memory", "0");

    /// <summary>Sends requests.</summary>
    /// <param name="server">The server.</param>
    /// <param name="first">Number of the first (<see cref="LoadRequest.Of"/>).</param>
    /// <param name="count">Number of requests.</param>
    /// <param name="clients">Clients that send at the same time.</param>
    public static async Task<LoadResult> AskAsync(ServerProcess server, int first, int count, int clients)
    {
        LoadRequest[] requests = [.. Enumerable.Range(first, count).Select(LoadRequest.Of)];
        var answers = new Answer[count];
        long start = Stopwatch.GetTimestamp();
        await ForEachAsync(count, clients, async i =>
            answers[i] = await Answer.OfAsync(server.Client, requests[i].Path, requests[i].Body).ConfigureAwait(false))
            .ConfigureAwait(false);
        return new LoadResult(requests, answers, Stopwatch.GetElapsedTime(start).TotalSeconds);
    }

    /// <summary>Sends requests whose clients leave, and waits until the server generates nothing.</summary>
    /// <param name="server">The server.</param>
    /// <param name="count">Number of clients.</param>
    /// <param name="clients">Clients at the same time.</param>
    /// <returns>Number of clients that left before the end of their answers, and the time until the server was idle.</returns>
    /// <exception cref="TimeoutException">Texts are still generated.</exception>
    public static async Task<(int Left, TimeSpan UntilIdle)> LeaveAsync(ServerProcess server, int count, int clients)
    {
        int left = 0;
        await ForEachAsync(count, clients, async i =>
        {
            if (!await Leaving.RunAsync(server, i).ConfigureAwait(false))
                Interlocked.Increment(ref left);
        }).ConfigureAwait(false);
        return (left, await server.IdleAsync(_untilIdle).ConfigureAwait(false));
    }

    /// <summary>Sends requests and measures what the server holds.</summary>
    /// <param name="server">The server.</param>
    /// <param name="count">Number of requests.</param>
    /// <param name="rows">Number of measurements.</param>
    /// <param name="clients">Clients that send at the same time.</param>
    public static async IAsyncEnumerable<LoadRow> HoldAsync(ServerProcess server, int count, int rows, int clients)
    {
        int done = 0;
        for (int row = 1; row <= rows; row++)
        {
            int until = (int)((long)count * row / rows);
            LoadResult result = await AskAsync(server, done, until - done, clients).ConfigureAwait(false);
            await server.IdleAsync(_untilIdle).ConfigureAwait(false);
            double perSecond = (until - done) / result.Seconds;
            done = until;
            yield return new LoadRow(done, server.ResidentBytes, server.Handles, perSecond, result.Failed.Count + result.Mixed);
        }
    }

    private static Task ForEachAsync(int count, int clients, Func<int, Task> work) => Parallel.ForEachAsync(
        Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = clients },
        async (i, _) => await work(i).ConfigureAwait(false));
}
