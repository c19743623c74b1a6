using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace Tenon.Host.Inference.Tools;

/// <summary>Calls and results as fields of messages in OpenAI's format, which chat templates read.</summary>
internal static class ToolMessage
{
    /// <summary>The role of a result.</summary>
    public const string Role = "tool";

    /// <summary>The calls of a message of the assistant.</summary>
    public const string Calls = "tool_calls";

    /// <summary>The id of the call that a result belongs to.</summary>
    public const string CallId = "tool_call_id";

    /// <summary>The function that a result is of, which some templates read.</summary>
    public const string Function = "name";

    // Mistral's templates accept only ids of nine letters and digits.
    private const int IdLength = 9;
    private const string IdCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    /// <summary>Returns an id for a call.</summary>
    public static string NewId() => RandomNumberGenerator.GetString(IdCharacters, IdLength);

    /// <summary>A call as an item of <see cref="Calls"/>.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="name">Name of the function.</param>
    /// <param name="arguments">Its arguments: a JSON object for templates, and a text with it for clients of OpenAI's API.</param>
    public static JsonObject Call(string id, string name, JsonNode arguments) => new()
    {
        ["id"] = id,
        ["type"] = "function",
        ["function"] = new JsonObject { ["name"] = name, ["arguments"] = arguments },
    };
}
