using System.Net;
using System.Text.Json.Nodes;
using SkiaSharp;

namespace Tenon.Server.Tests;

/// <summary><c>/v1/images/generations</c>.</summary>
[Collection(ServedModelsInOneProcess.Name)]
public sealed class ImagesTests(Served served)
{
    private const string Path = "/v1/images/generations";

    [Fact]
    public async Task Images_are_those_of_class_and_seed()
    {
        string[] first = await ImagesAsync(Request(("seed", 4), ("n", 2))), again = await ImagesAsync(Request(("seed", 4), ("n", 2)));
        string[] other = await ImagesAsync(Request(("seed", 5)));

        first.Should().HaveCount(2).And.Equal(again).And.NotContain(other[0]);
        using SKBitmap image = SKBitmap.Decode(Convert.FromBase64String(first[0]));
        (image.Width, image.Height).Should().Be((8, 8));
    }

    [Theory]
    [InlineData("prompt", "\"eleven\"", "'prompt' must be the name of a class. Allowed: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9.*")]
    [InlineData("size", "\"1024x1024\"", "'size' is \"1024x1024\"; it must be \"8x8\" or \"auto\".")]
    [InlineData("response_format", "\"url\"", "'response_format' is \"url\"; it must be \"b64_json\".")]
    [InlineData("n", "17", "'n' is 17; it must be an integer, 1 … 16.")]
    [InlineData("style", "\"vivid\"", "'style' is not supported. Remove it.")]
    [InlineData("steps", "99999", "The sampler 'ddim' is set to 99999 steps, but this model has * timesteps.*")]
    public async Task Wrong_fields_are_refused(string field, string value, string message)
    {
        (HttpStatusCode status, JsonNode json) = await served.PostAsync(Path, Request((field, JsonNode.Parse(value)!)));

        status.Should().Be(HttpStatusCode.BadRequest);
        json["error"]!["message"]!.GetValue<string>().Should().Match(message);
    }

    private async Task<string[]> ImagesAsync(JsonObject request) =>
        [.. (await served.AnswerAsync(Path, request))["data"]!.AsArray().Select(image => image!["b64_json"]!.GetValue<string>())];

    private static JsonObject Request(params ReadOnlySpan<(string Name, JsonNode Value)> fields)
    {
        var request = new JsonObject { ["model"] = "images", ["prompt"] = "7", ["steps"] = 2 };
        foreach ((string name, JsonNode value) in fields)
            request[name] = value;
        return request;
    }
}
