using System.Security.Cryptography;
using System.Text.Json.Nodes;
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
    private const string AnySize = "auto";

    private static readonly TextField Prompt = new("prompt", "The name of a class; empty for a model without classes.") { IsNeeded = true };
    private static readonly IntegerField Count = new("n", 1, 16, "Number of images.") { Default = 1 };
    private static readonly TextField Size = new(
        "size", "Width and height, which must be the model's: 32x32, or auto.")
    { Default = AnySize };

    private static readonly NumberField Guidance = new("guidance", 0, 100, "Strength of classifier-free guidance.") { Default = 1 };
    private static readonly IntegerField Steps = new("steps", 1, 100_000, "Number of sampling steps. The sampler's by default.");
    private static readonly IntegerField RandomSeed = new(
        "seed", 0, long.MaxValue, "Equal seeds give equal images. Random by default.");

    private static readonly TextField ResponseFormat = new("response_format", "Images are PNG in base64.", "b64_json");
    private static readonly TextField OutputFormat = new("output_format", "The format of images.", "png");

    private static readonly string[] Unsupported =
        ["quality", "style", "background", "output_compression", "negative_prompt", "image", "mask", "stream", "partial_images"];

    /// <summary>The endpoint.</summary>
    public ApiEndpoint Endpoint => new("POST", "/v1/images/generations", "Samples images.", HandleAsync)
    {
        Suits = traits => traits.Draws,
        Fields = [Prompt, Count, Size, Guidance, Steps, RandomSeed, ResponseFormat, OutputFormat],
        Refused = Unsupported,
        Example = model => new JsonObject
        {
            ["prompt"] = model.Traits.ImageClasses is [var first, ..] ? first : "",
            ["n"] = 1,
            ["steps"] = 2,
        },
        Answer = () => JsonSchemas.Object(
            ("created", JsonSchemas.Integer()),
            ("data", JsonSchemas.List(JsonSchemas.Object([("b64_json", JsonSchemas.Text())]))),
            ("output_format", JsonSchemas.Text()),
            ("size", JsonSchemas.Text())),
    };

    private async Task HandleAsync(HttpContext context)
    {
        using RequestBody body = await RequestBody.ReadAsync(context).ConfigureAwait(false);
        ServedModel model = models.Find(body, "sample images", Endpoint.Suits!);
        body.Refuse(Unsupported);
        ResponseFormat.Read(body);
        OutputFormat.Read(body);
        (int height, int width) = model.Traits.ImageSize;
        body.OneOf(Size.Name, $"{width}x{height}", AnySize);
        var options = new ImageSamplingOptions
        {
            Count = (int)(Count.Read(body) ?? 1),
            Classes = Class(body, model) is { } index ? [index] : null,
            Guidance = Guidance.Read(body) ?? 1,
            Seed = RandomSeed.Read(body) ?? RandomNumberGenerator.GetInt32(int.MaxValue),
        };
        ChosenSampler sampler = model.Sampler!.WithSteps((int?)Steps.Read(body));
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
        string prompt = Prompt.Read(body) ?? throw ApiException.Invalid(Prompt.Name, $"'{Prompt.Name}' is missing.");
        IReadOnlyList<string> classes = model.Traits.ImageClasses;
        if (classes.Count == 0)
            return prompt.Length == 0 ? null : throw ApiException.Invalid(
                Prompt.Name, $"The model has no classes, so '{Prompt.Name}' must be empty.");
        int index = classes.Index().FirstOrDefault(each => each.Item == prompt, (Index: -1, Item: "")).Index;
        return index >= 0 ? index : throw ApiException.Invalid(
            Prompt.Name, $"'{Prompt.Name}' must be the name of a class. Allowed: " +
            $"{string.Join(", ", classes)}.{NearestName.Question(prompt, classes)}");
    }
}
