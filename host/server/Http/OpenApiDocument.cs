using System.Text.Json.Nodes;

namespace Tenon.Server.Http;

/// <summary>
/// <c>GET /openapi.json</c>: the description of the server in OpenAPI 3.1 (https://spec.openapis.org/oas/v3.1.0), from the tables with
/// which it checks requests. Models and examples are those of this server.
/// </summary>
/// <param name="models">The models.</param>
/// <param name="hasKey">Whether requests need a key.</param>
internal sealed class OpenApiDocument(ServedModels models, bool hasKey)
{
    private const string Json = "application/json";
    private const string ModelName = "model";
    private const string ErrorSchema = "Error";
    private const string KeyScheme = "key";

    /// <summary>Describes the server.</summary>
    /// <param name="endpoints">All its endpoints.</param>
    public JsonObject Describe(IReadOnlyList<ApiEndpoint> endpoints)
    {
        var document = new JsonObject
        {
            ["openapi"] = "3.1.0",
            ["info"] = new JsonObject
            {
                ["title"] = "Tenon",
                ["version"] = typeof(OpenApiDocument).Assembly.GetName().Version!.ToString(3),
                ["description"] = "Models over HTTP, in the format of OpenAI's API.",
            },
            ["servers"] = new JsonArray(new JsonObject { ["url"] = "/" }),
            ["paths"] = new JsonObject(endpoints.GroupBy(endpoint => endpoint.Path).Select(path => KeyValuePair.Create(
                path.Key,
                (JsonNode?)new JsonObject(path.Select(endpoint => KeyValuePair.Create(
                    Method(endpoint), (JsonNode?)Operation(endpoint))))))),
            ["components"] = Components(),
        };
        if (hasKey)
            document["security"] = new JsonArray(new JsonObject { [KeyScheme] = new JsonArray() });
        return document;
    }

    private JsonObject Operation(ApiEndpoint endpoint)
    {
        var operation = new JsonObject
        {
            ["operationId"] = string.Join('_', new[] { Method(endpoint) }.Concat(
                endpoint.Path.Split(['/', '.', '{', '}'], StringSplitOptions.RemoveEmptyEntries))),
            ["summary"] = endpoint.Summary,
        };
        if (endpoint.Refused.Count > 0)
        {
            operation["description"] =
                $"Other fields are ignored, apart from these, which are refused: {string.Join(", ", endpoint.Refused)}.";
        }

        if (endpoint.Parameters.Count > 0)
            operation["parameters"] = new JsonArray([.. endpoint.Parameters.Select(Parameter)]);
        if (endpoint.Suits is not null)
            operation["requestBody"] = Body(endpoint);
        operation["responses"] = Responses(endpoint);
        if (hasKey && !endpoint.NeedsKey)
            operation["security"] = new JsonArray();
        return operation;
    }

    private JsonObject Body(ApiEndpoint endpoint)
    {
        ServedModel[] suitable = [.. models.All.Where(model => endpoint.Suits!(model.Traits))];
        JsonObject model = suitable.Length == 0 ? JsonSchemas.Text() : JsonSchemas.OneOf(suitable.Select(each => each.Name));
        model["description"] = models.All.Count == 1 ? "Name of the model. May be omitted." : "Name of the model.";
        string[] needed = [.. endpoint.Fields.Where(field => field.IsNeeded).Select(field => field.Name)];
        var content = new JsonObject
        {
            ["schema"] = JsonSchemas.Object(
                [(ModelName, model), .. endpoint.Fields.Select(field => (field.Name, field.Schema()))],
                models.All.Count == 1 ? needed : [ModelName, .. needed]),
        };
        if (suitable.Length > 0 && endpoint.Example is { } example)
        {
            JsonObject request = example(suitable[0]);
            request.Insert(0, ModelName, suitable[0].Name);
            content["example"] = request;
        }

        return new JsonObject { ["required"] = true, ["content"] = new JsonObject { [Json] = content } };
    }

    private static JsonObject Responses(ApiEndpoint endpoint)
    {
        var content = new JsonObject
        {
            [endpoint.AnswerType.Split(';')[0]] =
                endpoint.Answer is { } answer ? new JsonObject { ["schema"] = answer() } : new JsonObject(),
        };
        if (endpoint.Event is { } events)
        {
            JsonObject schema = events();
            schema["description"] = "One server-sent event. The last event is [DONE], or an error.";
            content["text/event-stream"] = new JsonObject { ["schema"] = schema };
        }

        return new JsonObject
        {
            ["200"] = new JsonObject { ["description"] = "The answer.", ["content"] = content },
            ["default"] = new JsonObject
            {
                ["description"] = "The request is refused, or failed.",
                ["content"] = new JsonObject
                {
                    [Json] = new JsonObject { ["schema"] = new JsonObject { ["$ref"] = $"#/components/schemas/{ErrorSchema}" } },
                },
            },
        };
    }

    private JsonObject Components()
    {
        var components = new JsonObject
        {
            ["schemas"] = new JsonObject
            {
                [ErrorSchema] = JsonSchemas.Object([("error", JsonSchemas.Object(
                    ("message", JsonSchemas.Text()), ("type", JsonSchemas.Text()), ("param", JsonSchemas.Nullable(JsonSchemas.Text())),
                    ("code", JsonSchemas.Nullable(JsonSchemas.Text()))))]),
            },
        };
        if (hasKey)
        {
            components["securitySchemes"] = new JsonObject
            {
                [KeyScheme] = new JsonObject { ["type"] = "http", ["scheme"] = "bearer" },
            };
        }

        return components;
    }

    private static JsonObject Parameter(ApiParameter parameter) => new()
    {
        ["name"] = parameter.Name,
        ["in"] = parameter.IsInPath ? "path" : "query",
        ["required"] = parameter.IsNeeded,
        ["description"] = parameter.Description,
        ["schema"] = parameter.Schema(),
    };

    private static string Method(ApiEndpoint endpoint) => endpoint.Method.ToLowerInvariant();
}
