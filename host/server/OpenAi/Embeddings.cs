using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
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
    private const int MostInputs = 2048;

    /// <summary>Adds the endpoint.</summary>
    public void Map(WebApplication application) => application.MapPost("/v1/embeddings", HandleAsync);

    private async Task HandleAsync(HttpContext context)
    {
        using RequestBody body = await RequestBody.ReadAsync(context).ConfigureAwait(false);
        ServedModel model = models.Find(body, "embed texts", traits => traits.Embeds);
        IReadOnlyList<string> inputs = TextInputs.Read(body, MostInputs);
        bool isBase64 = body.OneOf("encoding_format", "float", "base64") == "base64";
        long? dimensions = body.Integer("dimensions", 1, int.MaxValue);
        float[][] vectors = await model.InvokeAsync(
            (opened, stop) => TextInputs.Whole(opened, () => opened.Embed(inputs, model.Traits.Pooling, stop).ToArray()),
            context.RequestAborted).ConfigureAwait(false);
        if (dimensions > vectors[0].Length)
            throw ApiException.Invalid("dimensions", $"'dimensions' is {dimensions}; the model's vectors have {vectors[0].Length}.");
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
