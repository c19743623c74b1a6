using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Routing;

namespace Tenon.Server.Tests;

/// <summary><c>/openapi.json</c>.</summary>
[Collection(ServedModelsInOneProcess.Name)]
public sealed class OpenApiTests(Served served)
{
    private const string Key = "a-key-of-16-or-more";

    [Fact]
    public async Task Every_route_is_described()
    {
        JsonObject paths = (await DocumentAsync())["paths"]!.AsObject();

        string[] described = [.. paths.SelectMany(path => path.Value!.AsObject()
            .Select(method => $"{method.Key.ToUpperInvariant()} {path.Key}"))];
        string[] routes = [.. served.Server.Routes.SelectMany(route => route.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods
            .Select(method => $"{method} {route.RoutePattern.RawText}"))];

        described.Should().BeEquivalentTo(routes).And.Contain("POST /v1/chat/completions").And.Contain("GET /openapi.json");
    }

    [Fact]
    public async Task Every_example_is_accepted_and_every_answer_has_what_is_described()
    {
        int requests = 0;
        foreach ((string path, JsonObject post) in (await DocumentAsync())["paths"]!.AsObject()
            .Where(path => path.Value!["post"] is not null).Select(path => (path.Key, path.Value!["post"]!.AsObject())))
        {
            JsonNode content = post["requestBody"]!["content"]!["application/json"]!;
            var example = (JsonObject)content["example"]!.DeepClone();
            JsonNode answer = await served.AnswerAsync(path, (JsonObject)example.DeepClone());

            foreach (JsonNode? name in content["schema"]!["required"]!.AsArray())
                example.Should().ContainKey(name!.GetValue<string>(), path);
            Matches(answer, Schema(post, "application/json"), path);
            if (post["responses"]!["200"]!["content"]!.AsObject().ContainsKey("text/event-stream"))
            {
                foreach (JsonNode one in await served.StreamAsync(path, example))
                    Matches(one, Schema(post, "text/event-stream"), $"event of {path}");
            }

            requests++;
        }

        requests.Should().Be(6);
        JsonNode models = JsonNode.Parse(await served.Client.GetStringAsync("/v1/models"))!;
        Matches(models, Schema(await GetAsync("/v1/models"), "application/json"), "models");
    }

    [Fact]
    public async Task Fields_have_the_limits_with_which_they_are_checked()
    {
        JsonObject document = await DocumentAsync();
        int checkedFields = 0;
        foreach ((string path, JsonNode? item) in document["paths"]!.AsObject().Where(path => path.Value!["post"] is not null))
        {
            JsonNode content = item!["post"]!["requestBody"]!["content"]!["application/json"]!;
            foreach ((string name, JsonNode? schema) in content["schema"]!["properties"]!.AsObject()
                .Where(field => field.Value!["maximum"] is not null))
            {
                double most = schema!["maximum"]!.GetValue<double>();
                if (most > int.MaxValue)
                    continue;
                var request = (JsonObject)content["example"]!.DeepClone();
                request[name] = most + 1;

                (HttpStatusCode status, JsonNode json) = await served.PostAsync(path, request);

                status.Should().Be(HttpStatusCode.BadRequest, $"{path} {name}");
                json["error"]!["param"]!.GetValue<string>().Should().Be(name);
                checkedFields++;
            }
        }

        checkedFields.Should().BeGreaterThan(20);
    }

    [Fact]
    public async Task Models_that_are_suitable_are_listed()
    {
        JsonNode model = (await DocumentAsync())["paths"]!["/v1/embeddings"]!["post"]!["requestBody"]!["content"]!["application/json"]!
            ["schema"]!["properties"]!["model"]!;

        model["enum"]!.AsArray().Select(name => name!.GetValue<string>()).Should().Equal("chat", "masked", "labelled");
    }

    [Fact]
    public async Task A_key_is_described_where_it_is_needed()
    {
        await using OtherServer server = await Served.StartAsync(
            new ServerOptions { ApiKey = Key, Runs = served.At("runs") }, served.OpenAsync("masked"));
        server.Client.DefaultRequestHeaders.Authorization = new("Bearer", Key);
        JsonNode document = JsonNode.Parse(await server.Client.GetStringAsync("/openapi.json"))!;
        using var stranger = new HttpClient { BaseAddress = server.Address };

        document["security"]!.ToJsonString().Should().Be("""[{"key":[]}]""");
        foreach ((string path, JsonNode? item) in document["paths"]!.AsObject().Where(path => path.Value!["get"] is not null))
        {
            bool isOpen = item!["get"]!["security"] is JsonArray { Count: 0 };
            using HttpResponseMessage response = await stranger.GetAsync(path);
            (response.StatusCode == HttpStatusCode.Unauthorized).Should().Be(!isOpen, path);
        }
    }

    private async Task<JsonObject> DocumentAsync()
    {
        JsonObject document = JsonNode.Parse(await served.Client.GetStringAsync("/openapi.json"))!.AsObject();
        document["openapi"]!.GetValue<string>().Should().Be("3.1.0");
        return document;
    }

    private async Task<JsonObject> GetAsync(string path) => (await DocumentAsync())["paths"]![path]!["get"]!.AsObject();

    private static JsonNode Schema(JsonObject operation, string type) => operation["responses"]!["200"]!["content"]![type]!["schema"]!;

    // The part of JSON Schema that the description uses. Members that are not described are errors, so that the description is complete.
    private static void Matches(JsonNode? value, JsonNode schema, string place)
    {
        if (schema["anyOf"] is JsonArray alternatives)
        {
            alternatives.Should().Contain(one => IsOfType(value, one!), place);
            Matches(value, alternatives.First(one => IsOfType(value, one!))!, place);
            return;
        }

        IsOfType(value, schema).Should().BeTrue($"{place} is {value?.ToJsonString()}, not {schema.ToJsonString()}");
        if (schema["enum"] is JsonArray allowed)
            allowed.Select(one => one!.GetValue<string>()).Should().Contain(value!.GetValue<string>(), place);
        if (value is JsonArray items && schema["items"] is { } item)
        {
            foreach (JsonNode? each in items)
                Matches(each, item, $"{place}[]");
        }

        if (value is not JsonObject members || schema["properties"] is not JsonObject properties)
            return;
        foreach (JsonNode? name in schema["required"]?.AsArray() ?? [])
            members.Should().ContainKey(name!.GetValue<string>(), place);
        foreach ((string name, JsonNode? member) in members)
        {
            properties.Should().ContainKey(name, place);
            Matches(member, properties[name]!, $"{place}.{name}");
        }
    }

    private static bool IsOfType(JsonNode? value, JsonNode schema) => schema["type"]!.GetValue<string>() switch
    {
        "object" => value is JsonObject,
        "array" => value is JsonArray,
        "null" => value is null,
        "string" => value?.GetValueKind() == System.Text.Json.JsonValueKind.String,
        "boolean" => value?.GetValueKind() is System.Text.Json.JsonValueKind.True or System.Text.Json.JsonValueKind.False,
        _ => value?.GetValueKind() == System.Text.Json.JsonValueKind.Number,
    };
}
