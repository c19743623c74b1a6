using System.Text.Json.Nodes;
using Tenon.Server.Http;

namespace Tenon.Server.OpenAi;

/// <summary><c>GET /v1/models</c>: the models and what they can be used for.</summary>
/// <param name="models">The models.</param>
internal sealed class ModelsEndpoint(ServedModels models)
{
    private const string Name = "name";

    /// <summary>The endpoint of all models.</summary>
    public ApiEndpoint All => new("GET", "/v1/models", "Lists the models.", context => context.WriteJsonAsync(new JsonObject
    {
        ["object"] = "list",
        ["data"] = new JsonArray([.. models.All.Select(Describe)]),
    }))
    {
        Answer = () => JsonSchemas.Object(("object", JsonSchemas.OneOf("list")), ("data", JsonSchemas.List(Model()))),
    };

    /// <summary>The endpoint of one model.</summary>
    public ApiEndpoint One => new(
        "GET", $"/v1/models/{{{Name}}}", "Describes a model.",
        context => context.WriteJsonAsync(Describe(models.Find((string)context.Request.RouteValues[Name]!))))
    {
        Parameters = [new ApiParameter(Name, "Name of the model.", JsonSchemas.Text) { IsInPath = true }],
        Answer = Model,
    };

    private static JsonObject Describe(ServedModel model)
    {
        var json = new JsonObject
        {
            ["id"] = model.Name,
            ["object"] = "model",
            ["created"] = model.Opened.ToUnixTimeSeconds(),
            ["owned_by"] = "tenon",
            ["tasks"] = new JsonArray([.. model.Traits.Tasks.Select(task => (JsonNode)task)]),
        };
        if (model.Traits.ContextLength is { } length)
            json["context_length"] = length;
        if (model.Traits.ImageClasses is { Count: > 0 } classes)
            json["classes"] = new JsonArray([.. classes.Select(name => (JsonNode)name)]);
        return json;
    }

    private static JsonObject Model() => JsonSchemas.Object(
        [
            ("id", JsonSchemas.Text()), ("object", JsonSchemas.OneOf("model")), ("created", JsonSchemas.Integer()),
            ("owned_by", JsonSchemas.Text()), ("tasks", JsonSchemas.List(JsonSchemas.Text())),
            ("context_length", JsonSchemas.Integer()), ("classes", JsonSchemas.List(JsonSchemas.Text())),
        ],
        ["id", "object", "created", "owned_by", "tasks"]);
}
