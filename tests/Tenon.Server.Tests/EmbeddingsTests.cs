using System.Net;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Tenon.Host;

namespace Tenon.Server.Tests;

/// <summary><c>/v1/embeddings</c>, <c>/tenon/v1/classify</c> and <c>/tenon/v1/fill</c>.</summary>
[Collection(ServedModelsInOneProcess.Name)]
public sealed class EmbeddingsTests(Served served)
{
    private static readonly string[] Texts = ["the cat sees the dog.", "the bird"];

    [Fact]
    public async Task Vectors_equal_the_librarys_in_both_encodings()
    {
        float[][] expected = await served.Chat.InvokeAsync(
            (opened, stop) => opened.Embed(Texts, stop: stop).ToArray(), CancellationToken.None);

        JsonNode floats = await served.AnswerAsync("/v1/embeddings", Request("chat"));
        JsonNode base64 = await served.AnswerAsync("/v1/embeddings", Request("chat", ("encoding_format", "base64")));

        for (int i = 0; i < 2; i++)
        {
            floats["data"]![i]!["embedding"]!.AsArray().Select(value => value!.GetValue<float>()).Should().Equal(expected[i]);
            byte[] bytes = Convert.FromBase64String(base64["data"]![i]!["embedding"]!.GetValue<string>());
            MemoryMarshal.Cast<byte, float>(bytes).ToArray().Should().Equal(expected[i]);
        }

        floats["usage"]!["prompt_tokens"]!.GetValue<int>().Should().BeGreaterThan(10);
    }

    [Fact]
    public async Task Fewer_dimensions_are_the_first_ones_scaled_to_length_1()
    {
        float[] whole = Vector(await served.AnswerAsync("/v1/embeddings", Request("masked")));
        float[] first = Vector(await served.AnswerAsync("/v1/embeddings", Request("masked", ("dimensions", 8))));

        float length = MathF.Sqrt(whole[..8].Sum(value => value * value));
        first.Should().HaveCount(8);
        foreach ((float found, float expected) in first.Zip(whole))
            found.Should().BeApproximately(expected / length, 1e-5f);
    }

    [Theory]
    [InlineData("""{"dimensions": 33}""", "'dimensions' is 33; the model's vectors have 32.")]
    [InlineData("""{"dimensions": 0}""", "'dimensions' is 0; it must be an integer, 1 … 2147483647.")]
    [InlineData("""{"encoding_format": "int8"}""", "'encoding_format' is \"int8\"; it must be \"float\" or \"base64\".")]
    [InlineData("""{"input": []}""", "'input' is []; it must be a text or a list of 1 … 2048 texts that are not empty.")]
    [InlineData("""{"input": [[1, 2]]}""", "'input' is [[1,2]]; it must be a text or a list*")]
    [InlineData("""{"input": null}""", "'input' is missing.")]
    [InlineData("""{"input": "the cat sees the dog. the cat sees the dog. the cat sees the dog. the cat sees the dog."}""",
        "1 of the texts have more tokens than the model reads. Shorten or split them.")]
    public async Task Wrong_inputs_are_refused(string change, string message)
    {
        JsonObject request = Request("masked");
        foreach ((string name, JsonNode? value) in (JsonObject)JsonNode.Parse(change)!)
            request[name] = value?.DeepClone();

        (HttpStatusCode status, JsonNode json) = await served.PostAsync("/v1/embeddings", request);

        status.Should().Be(HttpStatusCode.BadRequest);
        json["error"]!["message"]!.GetValue<string>().Should().Match(message);
    }

    [Fact]
    public async Task Texts_are_classified()
    {
        JsonNode answer = await served.AnswerAsync("/tenon/v1/classify", Request("labelled", ("top", 2)));

        JsonArray results = answer["data"]!.AsArray();
        results.Should().HaveCount(2);
        foreach (JsonNode? result in results)
        {
            JsonArray classes = result!["classes"]!.AsArray();
            classes.Select(one => one!["label"]!.GetValue<string>()).Should().BeEquivalentTo("even", "odd");
            classes.Sum(one => one!["probability"]!.GetValue<double>()).Should().BeApproximately(1, 1e-5);
        }
    }

    [Fact]
    public async Task Masked_words_are_filled_in()
    {
        JsonNode answer = await served.AnswerAsync("/tenon/v1/fill", new JsonObject
        {
            ["model"] = "masked",
            ["input"] = "the [MASK] sees the [MASK].",
            ["top"] = 3,
        });
        (HttpStatusCode status, JsonNode none) = await served.PostAsync("/tenon/v1/fill", Request("masked"));

        answer["data"]![0]!["masks"]!.AsArray().Should().HaveCount(2).And.OnlyContain(words => words!.AsArray().Count == 3);
        answer["data"]![0]!["text"]!.GetValue<string>().Should().NotContain("[MASK]");
        status.Should().Be(HttpStatusCode.BadRequest);
        none["error"]!["message"]!.GetValue<string>().Should().Contain("There is nothing to fill in");
    }

    private static float[] Vector(JsonNode answer) =>
        [.. answer["data"]![0]!["embedding"]!.AsArray().Select(value => value!.GetValue<float>())];

    private static JsonObject Request(string model, params ReadOnlySpan<(string Name, JsonNode Value)> fields)
    {
        var request = new JsonObject { ["model"] = model, ["input"] = new JsonArray([.. Texts.Select(text => (JsonNode)text)]) };
        foreach ((string name, JsonNode value) in fields)
            request[name] = value;
        return request;
    }
}
