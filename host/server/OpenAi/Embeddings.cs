using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Tenon.Host;
using Tenon.Host.Inference.Text;
using Tenon.Server.Http;

namespace Tenon.Server.OpenAi;

/// <summary><c>POST /v1/embeddings</c>: vectors of texts.</summary>
/// <param name="models">The models.</param>
/// <param name="metrics">Counts tokens.</param>
internal sealed class Embeddings(ServedModels models, ServerMetrics metrics)
{
    private static readonly TextsField Input = TextInputs.Field(2048);
    private static readonly TextField Encoding = new(
        "encoding_format", "How vectors are written; base64 of 32-bit numbers, little-endian.", "float", "base64")
    { Default = "float" };

    private static readonly IntegerField Dimensions = new(
        "dimensions", 1, int.MaxValue, "Number of first components to return, scaled to length 1. All by default.");

    /// <summary>The endpoint.</summary>
    public ApiEndpoint Endpoint => new("POST", "/v1/embeddings", "Embeds texts as vectors.", HandleAsync)
    {
        Suits = traits => traits.Embeds,
        Fields = [Input, Encoding, Dimensions],
        Example = _ => TextInputs.Example("a", "b"),
        Answer = () => JsonSchemas.Object(
            ("object", JsonSchemas.OneOf("list")),
            ("data", JsonSchemas.List(JsonSchemas.Object(
                ("object", JsonSchemas.OneOf("embedding")), ("index", JsonSchemas.Integer()),
                ("embedding", JsonSchemas.AnyOf(JsonSchemas.List(JsonSchemas.Number()), JsonSchemas.Text()))))),
            ("model", JsonSchemas.Text()),
            ("usage", JsonSchemas.Object(("prompt_tokens", JsonSchemas.Integer()), ("total_tokens", JsonSchemas.Integer())))),
    };

    private async Task HandleAsync(HttpContext context)
    {
        using RequestBody body = await RequestBody.ReadAsync(context).ConfigureAwait(false);
        ServedModel model = models.Find(body, "embed texts", Endpoint.Suits!);
        IReadOnlyList<string> inputs = Input.Read(body);
        bool isBase64 = Encoding.Read(body) == "base64";
        long? dimensions = Dimensions.Read(body);
        float[][] vectors = await model.InvokeAsync(
            (opened, stop) => TextInputs.Whole(opened, () => opened.Embed(inputs, model.Traits.Pooling, stop).ToArray()),
            context.RequestAborted).ConfigureAwait(false);
        if (dimensions > vectors[0].Length)
        {
            throw ApiException.Invalid(
                Dimensions.Name, $"'{Dimensions.Name}' is {dimensions}; the model's vectors have {vectors[0].Length}.");
        }

        int tokens = inputs.Sum(input => model.Traits.Tokenizer!.Encode(input, recognizeSpecial: true).Count);
        metrics.CountPrompts(model, tokens);
        await context.WriteJsonAsync(new JsonObject
        {
            ["object"] = "list",
            ["data"] = new JsonArray([.. vectors.Select((vector, i) => (JsonNode)new JsonObject
            {
                ["object"] = "embedding",
                ["index"] = i,
                ["embedding"] = Encode(ShortenedVector.Of(vector, (int?)dimensions), isBase64),
            })]),
            ["model"] = model.Name,
            ["usage"] = new JsonObject { ["prompt_tokens"] = tokens, ["total_tokens"] = tokens },
        }).ConfigureAwait(false);
    }

    // float32, little-endian.
    private static JsonNode Encode(float[] vector, bool isBase64) => isBase64
        ? Convert.ToBase64String(MemoryMarshal.AsBytes<float>(vector))
        : new JsonArray([.. vector.Select(value => (JsonNode)value)]);
}
