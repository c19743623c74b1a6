using System.Text.Json.Nodes;
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
    private const int DefaultWords = 5;

    private static readonly TextsField Input = TextInputs.Field(256);
    private static readonly IntegerField Classes = new("top", 1, 1000, "Number of most probable classes to return. All by default.");
    private static readonly IntegerField Words = new(
        "top", 1, 1000, "Number of most probable words to return for each mask.")
    { Default = DefaultWords };

    /// <summary>The endpoint of classes.</summary>
    public ApiEndpoint Classify => new("POST", "/tenon/v1/classify", "Classifies texts.", ClassifyAsync)
    {
        Suits = traits => traits.Classifies,
        Fields = [Input, Classes],
        Example = _ => TextInputs.Example("a"),
        Answer = () => Answer(("classes", JsonSchemas.List(Share("label")))),
    };

    /// <summary>The endpoint of masked words.</summary>
    public ApiEndpoint Fill => new("POST", "/tenon/v1/fill", "Fills in masked words.", FillAsync)
    {
        Suits = traits => traits.Fills,
        Fields = [Input, Words],
        Example = model => TextInputs.Example(
            model.Traits.Tokenizer!.Decode([model.Traits.Tokenizer.Special.Mask!.Value], keepSpecial: true)),
        Answer = () => Answer(("text", JsonSchemas.Text()), ("masks", JsonSchemas.List(JsonSchemas.List(Share("word"))))),
    };

    private async Task ClassifyAsync(HttpContext context)
    {
        using RequestBody body = await RequestBody.ReadAsync(context).ConfigureAwait(false);
        ServedModel model = models.Find(body, "classify texts", Classify.Suits!);
        IReadOnlyList<string> inputs = Input.Read(body);
        int? top = (int?)Classes.Read(body);
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
        ServedModel model = models.Find(body, "fill in masked words", Fill.Suits!);
        IReadOnlyList<string> inputs = Input.Read(body);
        int top = (int)(Words.Read(body) ?? DefaultWords);
        IReadOnlyList<FilledText> filled = await model.InvokeAsync(
            (opened, stop) => opened.Fill(inputs, top, stop), context.RequestAborted).ConfigureAwait(false);
        await WriteAsync(context, model, filled.Select(each => new JsonObject
        {
            ["text"] = each.Completed,
            ["masks"] = new JsonArray([.. each.Masks.Select(
                words => Shares(words.Select(word => (word.Word, word.Probability)), "word"))]),
        })).ConfigureAwait(false);
    }

    private static JsonObject Answer(params IReadOnlyList<(string Name, JsonObject Value)> result) => JsonSchemas.Object(
        ("object", JsonSchemas.OneOf("list")), ("model", JsonSchemas.Text()), ("data", JsonSchemas.List(JsonSchemas.Object(result))));

    private static JsonObject Share(string name) => JsonSchemas.Object((name, JsonSchemas.Text()), ("probability", JsonSchemas.Number()));

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
