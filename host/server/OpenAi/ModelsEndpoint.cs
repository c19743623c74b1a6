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

    private static JsonObject Describe(ServedModel model) => new()
    {
        ["id"] = model.Name,
        ["object"] = "model",
        ["created"] = model.Opened.ToUnixTimeSeconds(),
        ["owned_by"] = "tenon",
        ["tasks"] = new JsonArray([.. model.Traits.Tasks.Select(task => (JsonNode)task)]),
        ["context_length"] = model.Traits.ContextLength,
        ["classes"] = model.Traits.ImageClasses.Count == 0
            ? null : new JsonArray([.. model.Traits.ImageClasses.Select(name => (JsonNode)name)]),
    };
}
