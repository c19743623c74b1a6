using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Tenon.Host;
using Tenon.Host.Inference;
using Tenon.Host.Inference.Text;
using Tenon.Server.Http;

namespace Tenon.Server.Tasks;

/// <summary>
/// Tasks without an endpoint of OpenAI's: <c>POST /tenon/v1/classify</c> and <c>POST /tenon/v1/fill</c>.
/// </summary>
/// <param name="models">The models.</param>
internal sealed class TextTasks(ServedModels models)
{
    private const int MostInputs = 256;
    private const int DefaultWords = 5;
    private const int MostAnswers = 1000;

    /// <summary>Adds the endpoints.</summary>
    public void Map(WebApplication application)
    {
        application.MapPost("/tenon/v1/classify", ClassifyAsync);
        application.MapPost("/tenon/v1/fill", FillAsync);
    }

    private async Task ClassifyAsync(HttpContext context)
    {
        using RequestBody body = await RequestBody.ReadAsync(context).ConfigureAwait(false);
        ServedModel model = models.Find(body, "classify texts", traits => traits.Classifies);
        (IReadOnlyList<string> inputs, int? top) = Read(body);
        Classification[] classified = await model.InvokeAsync(
            (opened, stop) => TextInputs.Whole(opened, () => opened.Classify(inputs, top, stop).ToArray()), context.RequestAborted)
            .ConfigureAwait(false);
        await WriteAsync(context, model, classified.Select(each => new JsonObject
        {
            ["classes"] = Shares(each.Labels.Select(label => (label.Label, label.Probability)), "label"),
        })).ConfigureAwait(false);
    }

    private async Task FillAsync(HttpContext context)
    {
        using RequestBody body = await RequestBody.ReadAsync(context).ConfigureAwait(false);
        ServedModel model = models.Find(body, "fill in masked words", traits => traits.Fills);
        (IReadOnlyList<string> inputs, int? top) = Read(body);
        IReadOnlyList<FilledText> filled = await model.InvokeAsync(
            (opened, stop) => opened.Fill(inputs, top ?? DefaultWords, stop), context.RequestAborted).ConfigureAwait(false);
        await WriteAsync(context, model, filled.Select(each => new JsonObject
        {
            ["text"] = each.Completed,
            ["masks"] = new JsonArray([.. each.Masks.Select(
                words => Shares(words.Select(word => (word.Word, word.Probability)), "word"))]),
        })).ConfigureAwait(false);
    }

    private static (IReadOnlyList<string> Inputs, int? Top) Read(RequestBody body) =>
        (TextInputs.Read(body, MostInputs), (int?)body.Integer("top", 1, MostAnswers));

    private static JsonArray Shares(IEnumerable<(string Name, double Probability)> shares, string name) =>
        new([.. shares.Select(share => (JsonNode)new JsonObject { [name] = share.Name, ["probability"] = share.Probability })]);

    // One result per input, in order.
    private static Task WriteAsync(HttpContext context, ServedModel model, IEnumerable<JsonObject> results) =>
        context.WriteJsonAsync(new JsonObject
        {
            ["object"] = "list",
            ["model"] = model.Name,
            ["data"] = new JsonArray([.. results]),
        });
}
