using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Tenon.Server.Http;

namespace Tenon.Server.OpenAi;

/// <summary><c>GET /v1/models</c>: the models and what they can be used for.</summary>
internal static class ModelsEndpoint
{
    /// <summary>Adds the endpoints.</summary>
    public static void Map(WebApplication application, ServedModels models)
    {
        application.MapGet("/v1/models", (HttpContext context) => context.WriteJsonAsync(new JsonObject
        {
            ["object"] = "list",
            ["data"] = new JsonArray([.. models.All.Select(Describe)]),
        }));
        application.MapGet("/v1/models/{name}", (HttpContext context, string name) => context.WriteJsonAsync(Describe(models.Find(name))));
    }

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
}
