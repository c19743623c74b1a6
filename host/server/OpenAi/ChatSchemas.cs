using System.Text.Json.Nodes;
using static Tenon.Server.Http.JsonSchemas;

namespace Tenon.Server.OpenAi;

/// <summary>Schemas of conversations and of generated texts.</summary>
internal static class ChatSchemas
{
    /// <summary>The field <c>messages</c>.</summary>
    public static JsonObject Messages() => List(Object(
        [
            ("role", OneOf(ChatMessage.Roles)),
            ("content", Nullable(AnyOf(Text(), List(Object(("type", OneOf("text")), ("text", Text())))))),
            ("tool_calls", List(Call())),
            ("tool_call_id", Text()),
        ],
        ["role"]));

    /// <summary>The answer of chat completions.</summary>
    public static JsonObject Answer() => Envelope(
        [
            ("message", Object(
                [
                    ("role", OneOf(ChatMessage.Assistant)),
                    ("content", Nullable(Text())),
                    ("refusal", Nullable(Text())),
                    ("tool_calls", List(Call())),
                ],
                ["role", "content", "refusal"])),
            ("logprobs", Nullable(Map())),
        ], withUsage: true);

    /// <summary>An event of chat completions.</summary>
    public static JsonObject Event()
    {
        JsonObject call = Call();
        call["properties"]!["index"] = Integer();
        return Envelope(
            [
                ("delta", Object([("role", Text()), ("content", Text()), ("tool_calls", List(call))], [])),
                ("logprobs", Nullable(Map())),
            ], withUsage: false);
    }

    /// <summary>The answer of completions; an event of theirs has no numbers of tokens.</summary>
    /// <param name="withUsage">Whether it always has the numbers of tokens.</param>
    public static JsonObject Completion(bool withUsage) => Envelope([("text", Text()), ("logprobs", Nullable(Map()))], withUsage);

    /// <summary>Numbers of tokens.</summary>
    public static JsonObject Usage() =>
        Object(("prompt_tokens", Integer()), ("completion_tokens", Integer()), ("total_tokens", Integer()));

    private static JsonObject Envelope(IReadOnlyList<(string Name, JsonObject Value)> choice, bool withUsage) => Object(
        [
            ("id", Text()), ("object", Text()), ("created", Integer()), ("model", Text()),
            ("choices", List(Object(
                [("index", Integer()), .. choice, ("finish_reason", Nullable(OneOf("stop", "length", "tool_calls")))]))),
            ("usage", withUsage ? Usage() : Nullable(Usage())),
        ],
        ["id", "object", "created", "model", "choices", .. withUsage ? (string[])["usage"] : []]);

    private static JsonObject Call() => Object(
        ("id", Text()), ("type", OneOf("function")), ("function", Object(("name", Text()), ("arguments", Text()))));
}
