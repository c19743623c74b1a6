using System.Text.Json.Nodes;

namespace Tenon.Server.Tests.Tools;

/// <summary>A model that calls functions, and requests with two of them.</summary>
internal static class ToolModels
{
    /// <summary>A request with two functions that ends soon.</summary>
    public static JsonObject Request(string model, JsonNode choice) => new()
    {
        ["model"] = model,
        ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = "dog" }),
        ["tools"] = JsonNode.Parse("""
            [{"type": "function", "function": {"name": "weather", "parameters":
               {"type": "object", "properties": {"city": {"type": "string", "enum": ["Oslo", "Rome"]}}, "required": ["city"]}}},
             {"type": "function", "function": {"name": "now"}}]
            """),
        ["tool_choice"] = choice,
        ["parallel_tool_calls"] = false,
        ["temperature"] = 0,
        ["max_tokens"] = 150,
    };

    /// <summary>
    /// Returns the folder of a model that answers every question with a sentence and a call of <c>weather</c>; it is trained on first use.
    /// </summary>
    public static string Caller(Served served)
    {
        const string Name = "caller";
        if (Directory.Exists(served.Model(Name)))
            return served.Model(Name);
        File.WriteAllText(served.At("hermes.jinja"), ToolTemplates.All["hermes"]);
        // With both functions, with one, and without any.
        served.Write($"{Name}.jsonl", i =>
        {
            JsonObject request = Request(Name, "auto");
            const string Reply = "Yes.\n<tool_call>\n{\"name\": \"weather\", \"arguments\": {\"city\": \"Oslo\"}}\n</tool_call>";
            request["messages"]!.AsArray().Add(new JsonObject { ["role"] = "assistant", ["content"] = Reply });
            for (int removed = i % 3; removed > 0; removed--)
                request["tools"]!.AsArray().RemoveAt(0);
            JsonNode? tools = i % 3 == 2 ? null : request["tools"];
            return new JsonObject { ["messages"] = request["messages"]!.DeepClone(), ["tools"] = tools?.DeepClone() }.ToJsonString();
        });
        served.Train(Name, $$"""{ "use": "chat", "files": ["{{Name}}.jsonl"], "template": "hermes.jinja" }""",
            """ "tokenizer": { "use": "bytes" }""", """{ "use": "gpt", "layers": 2, "hiddenSize": 64, "heads": 2, "contextLength": 192 }""",
            "finetune", steps: 250, learningRate: 5e-3);
        return served.Model(Name);
    }
}
