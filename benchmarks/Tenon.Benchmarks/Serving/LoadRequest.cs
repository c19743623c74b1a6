using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Tenon.Benchmarks.Serving;

/// <summary>
/// One of many different requests. Prompt and answer have a marker that no other request has: a schema makes the model begin its text
/// with it.
/// </summary>
/// <param name="Path">Path of the endpoint.</param>
/// <param name="Marker">The marker.</param>
/// <param name="Body">The request.</param>
internal sealed partial record LoadRequest(string Path, string Marker, JsonObject Body)
{
    private const int LongestPrompt = 60, LongestText = 30;

    /// <summary>Creates a request; the same number gives the same request.</summary>
    /// <param name="number">Its number, up to 999,999.</param>
    public static LoadRequest Of(int number)
    {
        var random = new Random(number);
        bool isChat = random.Next(4) > 0;
        string marker = $"m{number:D6}";
        string prompt = $"{marker} {Letters(random, random.Next(1, LongestPrompt))}";
        int least = random.Next(1, LongestText);
        var body = new JsonObject
        {
            ["max_tokens"] = 64,
            ["seed"] = number,
            ["temperature"] = random.Next(3) * 0.6,
            ["top_p"] = random.Next(2) == 0 ? 1 : 0.9,
            ["frequency_penalty"] = random.Next(3) * 0.3,
            ["n"] = random.Next(8) == 0 ? 2 : 1,
            ["response_format"] = Format($"^{marker}: [a-z ]{{{least},{least + 10}}}$"),
            ["logprobs"] = isChat ? JsonValue.Create(true) : JsonValue.Create(0),
        };
        if (isChat)
            body["messages"] = new JsonArray(new JsonObject { ["role"] = ChatMessage.User, ["content"] = prompt });
        else
            body["prompt"] = prompt;
        return new LoadRequest(isChat ? "v1/chat/completions" : "v1/completions", marker, random.Next(2) == 0 ? body : Streamed(body));
    }

    /// <summary>Turns a request into one for a stream with the numbers of tokens.</summary>
    public static JsonObject Streamed(JsonObject body)
    {
        body["stream"] = true;
        body["stream_options"] = new JsonObject { ["include_usage"] = true };
        return body;
    }

    /// <summary>Whether an answer has all texts, each complete and with the marker.</summary>
    public bool IsComplete(Answer answer) => answer.Failure is null && answer.Texts.Count == Body["n"]!.GetValue<int>()
        && answer.Texts.All(text => text.StartsWith($"\"{Marker}: ", StringComparison.Ordinal) && text.EndsWith('"'));

    /// <summary>Whether an answer has the marker of another request.</summary>
    public bool HasOtherMarker(Answer answer) =>
        answer.Texts.SelectMany(text => Markers().Matches(text)).Any(found => found.Value != Marker);

    private static JsonObject Format(string pattern) => new()
    {
        ["type"] = "json_schema",
        ["json_schema"] = new JsonObject { ["schema"] = new JsonObject { ["type"] = "string", ["pattern"] = pattern } },
    };

    private static string Letters(Random random, int count) =>
        string.Concat(Enumerable.Range(0, count).Select(_ => (char)('a' + random.Next(26))));

    [GeneratedRegex(@"m\d{6}")]
    private static partial Regex Markers();
}
