using System.Net;
using System.Text.Json.Nodes;
using Tenon.Host;
using Tenon.Host.Serving;

namespace Tenon.Server.Tests;

/// <summary>Many requests at the same time: none changes another, and those that leave free their places.</summary>
[Collection(ServedModelsInOneProcess.Name)]
public sealed class EngineTests(Served served)
{
    // Never ends by itself.
    private static readonly SamplingOptions Endless =
        new() { MaxNewTokens = 100_000, LogitBias = new Dictionary<int, double> { [65] = 100 } };

    [Fact]
    public async Task Requests_of_different_lengths_and_settings_equal_those_alone()
    {
        await Until(() => served.Chat.Engine!.State is { Running: 0, Waiting: 0 });
        JsonObject[] requests = [.. Enumerable.Range(0, 32).Select(i => ChatCompletionsTests.Chat(
            new string("abcd"[i % 4], 1 + 5 * i % 90), ("max_tokens", 5 + i % 40), ("seed", i), ("temperature", i % 3 * 0.5),
            ("top_p", i % 2 == 0 ? 1 : 0.9), ("frequency_penalty", i % 5 * 0.2)))];
        var alone = new List<string>();
        foreach (JsonObject request in requests)
            alone.Add(ChatCompletionsTests.Text(await served.AnswerAsync("/v1/chat/completions", (JsonObject)request.DeepClone())));

        string[] together = await Task.WhenAll(requests.Select(async request =>
            ChatCompletionsTests.Text(await served.AnswerAsync("/v1/chat/completions", request))));

        together.Should().Equal(alone);
        await Until(() => served.Chat.Engine!.State is { Running: 0, Waiting: 0 });
    }

    [Fact]
    public async Task Clients_that_disconnect_leave_no_text()
    {
        var random = new Random(5);
        await Parallel.ForEachAsync(Enumerable.Range(0, 50), new ParallelOptions { MaxDegreeOfParallelism = 10 }, async (i, _) =>
        {
            using var leave = new CancellationTokenSource(TimeSpan.FromMilliseconds(random.Next(1, 60)));
            JsonObject request = ChatCompletionsTests.Chat("dog", ("max_tokens", 150), ("stream", i % 2 == 0), ("seed", i));
            try
            {
                using HttpResponseMessage response =
                    await served.Client.PostAsync("/v1/chat/completions", Served.Json(request.ToJsonString()), leave.Token);
                await response.Content.ReadAsStringAsync(leave.Token);
            }
            catch (OperationCanceledException)
            {
                // Most leave before the end.
            }
        });

        await Until(() => served.Chat.Engine!.State is { Running: 0, Waiting: 0 });
        string text = ChatCompletionsTests.Text(await served.AnswerAsync("/v1/chat/completions", ChatCompletionsTests.Chat("dog")));
        text.Should().NotBeEmpty("the server still answers");
    }

    [Fact]
    public async Task A_cancelled_text_ends_within_one_token()
    {
        GenerationEngine engine = served.Chat.Engine!;
        using var stop = new CancellationTokenSource();
        using TextAnswers answers = engine.Start([Request(engine, "x", Endless)], stop.Token);
        await using IAsyncEnumerator<(int Index, TextPart Part)> parts = answers.ReadAsync().GetAsyncEnumerator();
        (await parts.MoveNextAsync()).Should().BeTrue();

        await stop.CancelAsync();
        await Until(() => engine.State.Running == 0);

        Func<Task> rest = async () =>
        {
            while (await parts.MoveNextAsync())
                parts.Current.Part.Ending.Should().BeNull();
        };
        await rest.Should().ThrowAsync<OperationCanceledException>();
    }

    [Fact]
    public async Task A_full_queue_is_answered_with_429()
    {
        GenerationEngine engine = served.Chat.Engine!;
        await Until(() => engine.State is { Running: 0, Waiting: 0 });
        using var gate = new ManualResetEventSlim();
        Task<bool> held = Gated(served.Chat, gate);
        using TextAnswers full = engine.Start([.. Enumerable.Repeat(Request(engine, "x", Endless), 32)], CancellationToken.None);

        using HttpResponseMessage refused = await served.Client.PostAsync(
            "/v1/chat/completions", Served.Json(ChatCompletionsTests.Chat("dog").ToJsonString()));

        refused.StatusCode.Should().Be(HttpStatusCode.TooManyRequests);
        refused.Headers.RetryAfter!.Delta.Should().Be(TimeSpan.FromSeconds(1));
        JsonNode.Parse(await refused.Content.ReadAsStringAsync())!["error"]!["code"]!.GetValue<string>().Should().Be("rate_limit_exceeded");
        full.Dispose();
        gate.Set();
        await held;
        await Until(() => engine.State is { Running: 0, Waiting: 0 });
    }

    [Fact]
    public async Task A_text_that_waits_frees_its_place_when_its_client_leaves()
    {
        await using ServedModel model = await served.OpenAsync("chat", Served.Limits with { MaxRunning = 1, MaxWaiting = 3 });
        GenerationEngine engine = model.Engine!;
        SamplingOptions endless = Endless with { MaxNewTokens = 180 };
        using TextAnswers running = engine.Start([Request(engine, "x", endless)], CancellationToken.None);
        TextAnswers[] waiting =
            [.. Enumerable.Range(0, 3).Select(_ => engine.Start([Request(engine, "x", endless)], CancellationToken.None))];

        await Until(() => engine.State is { Running: 1, Waiting: 3 });
        foreach (TextAnswers left in waiting[1..])
            left.Dispose();
        await Until(() => engine.State.Waiting <= 1);

        engine.State.Should().BeEquivalentTo(new { Running = 1, Waiting = 1 }, "the text that runs has not ended");
        engine.Start([Request(engine, "x", endless), Request(engine, "x", endless)], CancellationToken.None).Dispose();
        waiting[0].Dispose();
    }

    [Fact]
    public async Task Memory_decides_how_many_texts_run()
    {
        // Two layers of keys and values of 32 float32 numbers: 512 bytes for each token.
        const int Bytes = 512;
        await using ServedModel model = await served.OpenAsync("chat", Served.Limits with { CacheBytes = 2 * 3 * 100 * Bytes });
        GenerationEngine engine = model.Engine!;

        using TextAnswers answers = engine.Start(
            [.. Enumerable.Range(0, 6).Select(_ => Request(engine, "x", Endless with { MaxNewTokens = 100 }))], CancellationToken.None);
        var most = 0;
        await foreach ((int _, TextPart _) in answers.ReadAsync())
            most = Math.Max(most, engine.State.Running);

        most.Should().Be(3);
        await using ServedModel tiny = await served.OpenAsync("chat", Served.Limits with { CacheBytes = 50 * Bytes });
        Action tooLarge = () => tiny.Engine!.Start([Request(tiny.Engine!, "x", Endless)], CancellationToken.None).Dispose();
        tooLarge.Should().Throw<ModelException>().WithMessage("A text of 192 tokens needs 0.1 MB for its keys and values, but 0 MB are*");
    }

    [Fact]
    public async Task Limits_on_prompts_tokens_and_time_hold()
    {
        ServingLimits limits = Served.Limits with { MaxPromptTokens = 10, MaxNewTokens = 7, RequestTime = TimeSpan.FromSeconds(0.5) };
        await using ServedModel model = await served.OpenAsync("chat", limits);
        await using ServedModel patient = await served.OpenAsync("chat", limits with { RequestTime = TimeSpan.FromMinutes(1) });

        Action tooLong = () => model.Engine!.Prompt("more than ten bytes");
        using var gate = new ManualResetEventSlim();
        Task<bool> held = Gated(model, gate);
        Func<Task> late = async () => await ReadAsync(model.Engine!, Endless);
        List<TextPart> parts = await ReadAsync(patient.Engine!, Endless);

        tooLong.Should().Throw<ModelException>().WithMessage("Prompt has * tokens, but the server allows 10. Shorten it.");
        await late.Should().ThrowAsync<TimeoutException>().WithMessage("The request took longer than 0.5 seconds*");
        gate.Set();
        (await held).Should().BeTrue();
        parts[^1].TokenCount.Should().Be(7);
        parts[^1].Ending.Should().Be(GenerationEnding.Length);
    }

    [Fact]
    public async Task A_stop_lets_texts_finish_until_the_deadline()
    {
        await using ServedModel model = await served.OpenAsync("chat");
        GenerationEngine engine = model.Engine!;
        Task<List<TextPart>> running = ReadAsync(engine, Endless with { MaxNewTokens = 30 });
        Task stopped = engine.StopAsync(TimeSpan.FromMinutes(1));

        Func<Task> next = () => ReadAsync(engine, Endless);
        await next.Should().ThrowAsync<ServingStoppedException>();
        (await running)[^1].Ending.Should().Be(GenerationEnding.Length);
        await stopped;

        await using ServedModel hasty = await served.OpenAsync("chat");
        Task<List<TextPart>> cut = ReadAsync(hasty.Engine!, Endless with { MaxNewTokens = 150 });
        await hasty.StopAsync(TimeSpan.Zero);
        Func<Task> end = () => cut;
        await end.Should().ThrowAsync<ServingStoppedException>();
    }

    [Fact]
    public async Task Other_work_is_done_between_two_tokens()
    {
        GenerationEngine engine = served.Chat.Engine!;
        await Until(() => engine.State is { Running: 0, Waiting: 0 });
        using var gate = new ManualResetEventSlim();
        Task<bool> held = Gated(served.Chat, gate);
        using TextAnswers answers = engine.Start([Request(engine, "x", Endless)], CancellationToken.None);
        Task<int> running = served.Chat.InvokeAsync(
            (opened, stop) => opened.Embed(["a"], stop: stop).Count() == 1 ? engine.State.Running : -1, CancellationToken.None);
        gate.Set();

        (await running).Should().Be(1, "the text is still generated");
        await held;
        answers.Dispose();
        await Until(() => engine.State.Running == 0);
    }

    [Fact]
    public async Task A_deleted_folder_does_not_matter_to_a_running_server()
    {
        string copy = served.At("copy");
        Directory.CreateDirectory(copy);
        foreach (string file in Directory.GetFiles(served.Model("chat")))
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        await using ServedModel model = await served.OpenAsync("chat", folder: copy);
        List<TextPart> before = await ReadAsync(model.Engine!, new SamplingOptions { MaxNewTokens = 10 });
        Directory.Delete(copy, recursive: true);

        List<TextPart> after = await ReadAsync(model.Engine!, new SamplingOptions { MaxNewTokens = 10 });

        string.Concat(after.Select(part => part.Text)).Should().Be(string.Concat(before.Select(part => part.Text)));
        (await model.InvokeAsync((opened, stop) => opened.Embed(["a"], model.Traits.Pooling, stop).ToArray(), CancellationToken.None))
            .Should().HaveCount(1);
    }

    private static TextRequest Request(GenerationEngine engine, string prompt, SamplingOptions sampling) =>
        new(engine.Prompt(prompt), sampling, new SeededRandom(1), engine.Ends(isReply: false));

    private static async Task<List<TextPart>> ReadAsync(GenerationEngine engine, SamplingOptions sampling)
    {
        using TextAnswers answers = engine.Start([Request(engine, "x", sampling)], CancellationToken.None);
        var parts = new List<TextPart>();
        await foreach ((int _, TextPart part) in answers.ReadAsync())
            parts.Add(part);
        return parts;
    }

    // Keeps the model's thread busy until the gate opens.
    private static Task<bool> Gated(ServedModel model, ManualResetEventSlim gate) =>
        model.InvokeAsync((_, _) => gate.Wait(TimeSpan.FromSeconds(10), CancellationToken.None), CancellationToken.None);

    private static async Task Until(Func<bool> holds)
    {
        using var late = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!holds())
            await Task.Delay(5, late.Token);
    }
}
