using System.Globalization;
using System.Text.RegularExpressions;
using Tenon.Host.Inference.Text;
using Tenon.Host.Serving;

namespace Tenon.Server.Tests;

/// <summary>Conversations with the same system text: it is processed once.</summary>
[Collection(ServedModelsInOneProcess.Name)]
public sealed partial class PrefixTests(Served served)
{
    private const string SystemText = "You are an assistant that knows everything about animals.";

    // Two layers of keys and values of 32 float32 numbers.
    private const int BytesPerToken = 512;

    [Fact]
    public async Task A_shared_system_text_is_processed_once_and_replies_do_not_change()
    {
        await using ServedModel model = await served.OpenAsync("chat", Served.Limits with { CacheBytes = 10_000_000 });
        await using ServedModel plain = await served.OpenAsync("chat", Served.Limits with { CacheBytes = 10_000_000, PrefixBytes = 0 });
        string[] questions = ["dog", "cat", "a bird, please", "dog", "fish"];

        List<string> alone = [], cached = [];
        foreach ((int i, string question) in questions.Index())
        {
            alone.Add(await ReplyAsync(plain.Engine!, question, i));
            cached.Add(await ReplyAsync(model.Engine!, question, i));
        }

        string[] together = await Task.WhenAll(questions.Select((question, i) => ReplyAsync(model.Engine!, question, i)));

        cached.Should().Equal(alone);
        together.Should().Equal(alone);
        int shared = SystemText.Length;
        model.Engine!.State.ReusedTokens.Should().BeGreaterThan(shared * (questions.Length - 1 + questions.Length));
        model.Engine.State.PrefixBytes.Should().BeInRange(shared * BytesPerToken, 5_000_000);
        (plain.Engine!.State.ReusedTokens, plain.Engine.State.PrefixBytes).Should().Be((0, 0));
    }

    [Fact]
    public async Task A_history_without_its_first_turns_is_read_from_where_it_differs()
    {
        await using ServedModel model = await served.OpenAsync("chat", Served.Limits with { CacheBytes = 10_000_000 });
        await using ServedModel plain = await served.OpenAsync("chat", Served.Limits with { CacheBytes = 10_000_000, PrefixBytes = 0 });
        GenerationEngine engine = model.Engine!;
        List<ChatMessage> turns = [];
        List<IReadOnlyList<int>> prompts = [];
        int dropped = 0, times = 0;

        for (int turn = 0; turn < 10; turn++)
        {
            turns.Add(new ChatMessage(ChatMessage.User, $"question {turn}"));
            FittedConversation fitted = await model.InvokeAsync(
                (opened, _) => FittedConversation.Of(
                    new Conversation([new ChatMessage(ChatMessage.System, SystemText), .. turns]),
                    opened.As<ICausalLanguageModel>("chat"), opened.NeededTokenizer, room: 20),
                CancellationToken.None);
            IReadOnlyList<int> prompt = engine.Prompt(fitted.Conversation).Prompt;
            int known = prompts.Select(other => Shared(prompt, other)).DefaultIfEmpty().Max();
            long before = engine.State.ReusedTokens;

            string reply = await ReplyAsync(engine, fitted.Conversation, turn);

            reply.Should().Be(await ReplyAsync(plain.Engine!, fitted.Conversation, turn));
            (engine.State.ReusedTokens - before).Should().Be(known);
            times += fitted.DroppedTurns > dropped ? 1 : 0;
            dropped = fitted.DroppedTurns;
            prompts.Add(prompt);
            turns.Add(new ChatMessage(ChatMessage.Assistant, reply));
        }

        times.Should().BeGreaterThan(3, "the history is cut several times");
        engine.State.ReusedTokens.Should().BeGreaterThan(9 * SystemText.Length);

        static int Shared(IReadOnlyList<int> prompt, IReadOnlyList<int> other) =>
            prompt.Take(prompt.Count - 1).Zip(other).TakeWhile(pair => pair.First == pair.Second).Count();
    }

    [Fact]
    public async Task Running_texts_take_the_memory_of_earlier_prompts()
    {
        // Three texts of 100 tokens fit.
        await using ServedModel model = await served.OpenAsync("chat", Served.Limits with { CacheBytes = 2 * 3 * 100 * BytesPerToken });
        GenerationEngine engine = model.Engine!;
        var first = new TextRequest(engine.Prompt(new string('a', 60)), new SamplingOptions { MaxNewTokens = 2 }, new SeededRandom(1), []);
        await ReadAsync(engine, first);
        engine.State.PrefixBytes.Should().Be(first.Input.Length * BytesPerToken);

        SamplingOptions endless = new() { MaxNewTokens = 100, LogitBias = new Dictionary<int, double> { [65] = 100 } };
        using TextAnswers answers = engine.Start(
            [.. Enumerable.Range(0, 3).Select(_ => new TextRequest(engine.Prompt("x"), endless, new SeededRandom(1), []))],
            CancellationToken.None);
        long least = long.MaxValue;
        await foreach ((int _, TextPart _) in answers.ReadAsync())
        {
            if (engine.State is { Running: 3 } state)
                least = Math.Min(least, state.PrefixBytes);
        }

        least.Should().Be(0);
    }

    [Fact]
    public async Task Metrics_count_what_was_not_processed_again()
    {
        double before = await ReusedAsync();
        for (int i = 0; i < 2; i++)
            await served.AnswerAsync("/v1/chat/completions", ChatCompletionsTests.Chat(SystemText, ("max_tokens", 1)));

        double reused = await ReusedAsync() - before;

        reused.Should().BeGreaterThan(SystemText.Length);
    }

    private async Task<double> ReusedAsync()
    {
        string metrics = await served.Client.GetStringAsync("/metrics");
        metrics.Should().Contain("tenon_prefix_cache_bytes{model=\"chat\"}");
        return double.Parse(Reused().Match(metrics).Groups["count"].Value, CultureInfo.InvariantCulture);
    }

    private static Task<string> ReplyAsync(GenerationEngine engine, string question, int seed) => ReplyAsync(
        engine, new Conversation([new ChatMessage(ChatMessage.System, SystemText), new ChatMessage(ChatMessage.User, question)]), seed);

    private static Task<string> ReplyAsync(GenerationEngine engine, Conversation conversation, int seed) => ReadAsync(
        engine, new TextRequest(
            engine.Prompt(conversation), new SamplingOptions { MaxNewTokens = 20, Temperature = seed % 2 },
            new SeededRandom((ulong)seed), engine.Ends(isReply: true)));

    private static async Task<string> ReadAsync(GenerationEngine engine, TextRequest request)
    {
        using TextAnswers answers = engine.Start([request], CancellationToken.None);
        var text = new System.Text.StringBuilder();
        await foreach ((int _, TextPart part) in answers.ReadAsync())
            text.Append(part.Text);
        return text.ToString();
    }

    [GeneratedRegex("""tenon_reused_prompt_tokens_total\{model="chat"\} (?<count>\S+)""")]
    private static partial Regex Reused();
}
