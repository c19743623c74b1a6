using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Tenon.Host;
using Tenon.Host.Inference.Images;
using Tenon.Server.Http;

namespace Tenon.Server.OpenAi;

/// <summary>
/// <c>POST /v1/images/generations</c>: images of diffusion models. The prompt is the name of a class, or empty for a model without
/// classes.
/// </summary>
/// <param name="models">The models.</param>
internal sealed class Images(ServedModels models)
{
    private const int MostImages = 16;
    private const int MostSteps = 100_000;

    private static readonly string[] Unsupported =
        ["quality", "style", "background", "output_compression", "negative_prompt", "image", "mask", "stream", "partial_images"];

    /// <summary>Adds the endpoint.</summary>
    public void Map(WebApplication application) => application.MapPost("/v1/images/generations", HandleAsync);

    private async Task HandleAsync(HttpContext context)
    {
        using RequestBody body = await RequestBody.ReadAsync(context).ConfigureAwait(false);
        ServedModel model = models.Find(body, "sample images", traits => traits.Draws);
        body.Refuse(Unsupported);
        body.OneOf("response_format", "b64_json");
        body.OneOf("output_format", "png");
        (int height, int width) = model.Traits.ImageSize;
        body.OneOf("size", $"{width}x{height}", "auto");
        var options = new ImageSamplingOptions
        {
            Count = (int)(body.Integer("n", 1, MostImages) ?? 1),
            Classes = Class(body, model) is { } index ? [index] : null,
            Guidance = body.Number("guidance", 0, 100) ?? 1,
            Seed = body.Integer("seed", 0) ?? RandomNumberGenerator.GetInt32(int.MaxValue),
        };
        ChosenSampler sampler = model.Sampler!.WithSteps((int?)body.Integer("steps", 1, MostSteps));
        IReadOnlyList<byte[]> images = await model.InvokeAsync(
            (opened, stop) =>
            {
                using SampledImages sampled = opened.Sample(sampler, options, progress: null, stop);
                return ImageGrid.Pngs(sampled.Images);
            }, context.RequestAborted).ConfigureAwait(false);
        await context.WriteJsonAsync(new JsonObject
        {
            ["created"] = DateTimeOffset.UtcNow.ToUnixTimeSeconds(),
            ["data"] = new JsonArray([.. images.Select(
                image => (JsonNode)new JsonObject { ["b64_json"] = Convert.ToBase64String(image) })]),
            ["output_format"] = "png",
            ["size"] = $"{width}x{height}",
        }).ConfigureAwait(false);
    }

    private static int? Class(RequestBody body, ServedModel model)
    {
        const string Name = "prompt";
        string prompt = body.OptionalText(Name) ?? throw ApiException.Invalid(Name, $"'{Name}' is missing.");
        IReadOnlyList<string> classes = model.Traits.ImageClasses;
        if (classes.Count == 0)
            return prompt.Length == 0 ? null : throw ApiException.Invalid(Name, $"The model has no classes, so '{Name}' must be empty.");
        int index = classes.Index().FirstOrDefault(each => each.Item == prompt, (Index: -1, Item: "")).Index;
        return index >= 0 ? index : throw ApiException.Invalid(Name, $"'{Name}' must be the name of a class. Allowed: " +
            $"{string.Join(", ", classes)}.{NearestName.Question(prompt, classes)}");
    }
}
