using System.Net;
using System.Text.Json.Nodes;
using Tenon.Host;

namespace Tenon.Server.Tests;

/// <summary><c>/v1/completions</c> and <c>/v1/models</c>.</summary>
[Collection(ServedModelsInOneProcess.Name)]
public sealed class CompletionsTests(Served served)
{
    private const string Path = "/v1/completions";

    [Fact]
    public async Task Several_prompts_equal_the_librarys_continuations()
    {
        // The last is processed in parts.
        string[] prompts = ["the cat", "a dog sees", "", string.Concat(Enumerable.Repeat("the dog sees ", 8))];
        IReadOnlyList<Continuation> expected = await served.Chat.InvokeAsync(
            (opened, stop) => opened.Generate(prompts, new SamplingOptions { MaxNewTokens = 24 }, seed: 8, stop: stop),
            CancellationToken.None);

        JsonNode answer = await served.AnswerAsync(
            Path, Request(new JsonArray([.. prompts.Select(prompt => (JsonNode)prompt)]), ("max_tokens", 24), ("seed", 8)));

        answer["choices"]!.AsArray().Select(choice => choice!["text"]!.GetValue<string>()).Should()
            .Equal(expected.Select(continuation => continuation.Text));
        answer["object"]!.GetValue<string>().Should().Be("text_completion");
    }

    [Fact]
    public async Task A_prompt_of_ids_equals_its_text()
    {
        int[] ids = [.. served.Chat.Traits.Tokenizer!.Encode("the cat")];

        string text = await TextAsync("the cat"), ofIds = await TextAsync(new JsonArray([.. ids.Select(id => (JsonNode)id)]));

        ofIds.Should().Be(text);

        async Task<string> TextAsync(JsonNode prompt) =>
            (await served.AnswerAsync(Path, Request(prompt, ("seed", 3))))["choices"]![0]!["text"]!.GetValue<string>();
    }

    [Fact]
    public async Task The_default_length_is_16_tokens()
    {
        JsonNode answer = await served.AnswerAsync(Path, Request("x", ("logit_bias", new JsonObject { ["65"] = 100 })));

        answer["usage"]!["completion_tokens"]!.GetValue<int>().Should().Be(16);
        answer["choices"]![0]!["finish_reason"]!.GetValue<string>().Should().Be("length");
    }

    [Fact]
    public async Task Log_probabilities_are_parallel_lists()
    {
        JsonNode answer = await served.AnswerAsync(
            Path, Request("x", ("logprobs", 2), ("logit_bias", new JsonObject { ["65"] = 100 }), ("max_tokens", 4)));

        JsonNode logprobs = answer["choices"]![0]!["logprobs"]!;
        string text = answer["choices"]![0]!["text"]!.GetValue<string>();
        logprobs["tokens"]!.AsArray().Select(token => token!.GetValue<string>()).Should().Equal(text.Select(letter => $"{letter}"));
        logprobs["token_logprobs"]!.AsArray().Should().HaveCount(4)
            .And.OnlyContain(value => value!.GetValue<double>() < 0, "the bias does not change the model's own distribution");
        logprobs["top_logprobs"]!.AsArray().Should().HaveCount(4);
        logprobs["text_offset"]!.AsArray().Select(offset => offset!.GetValue<int>()).Should().Equal(0, 1, 2, 3);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("[[]]")]
    [InlineData("[1, \"a\"]")]
    [InlineData("{}")]
    [InlineData("[-1]")]
    [InlineData("[999]")]
    [InlineData("[1.5]")]
    public async Task A_prompt_that_is_neither_text_nor_ids_is_refused(string prompt)
    {
        (HttpStatusCode status, JsonNode json) = await served.PostAsync(Path, Request(JsonNode.Parse(prompt)!));

        status.Should().Be(HttpStatusCode.BadRequest, json.ToJsonString());
    }

    [Fact]
    public async Task Models_are_listed_with_their_tasks()
    {
        JsonNode all = JsonNode.Parse(await served.Client.GetStringAsync("/v1/models"))!;
        JsonNode one = JsonNode.Parse(await served.Client.GetStringAsync("/v1/models/masked"))!;

        all["data"]!.AsArray().Select(model => model!["id"]!.GetValue<string>()).Should().Equal("chat", "masked", "labelled", "images");
        all["data"]![0]!["tasks"]!.ToJsonString().Should().Be("""["chat","completion","embedding"]""");
        one["tasks"]!.ToJsonString().Should().Be("""["embedding","fill"]""");
        one["context_length"]!.GetValue<int>().Should().Be(24);
        (await served.Client.GetAsync("/v1/models/none")).StatusCode.Should().Be(HttpStatusCode.NotFound);
    }

    private static JsonObject Request(JsonNode prompt, params ReadOnlySpan<(string Name, JsonNode Value)> fields)
    {
        var request = new JsonObject { ["model"] = "chat", ["prompt"] = prompt };
        foreach ((string name, JsonNode value) in fields)
            request[name] = value;
        return request;
    }
}
