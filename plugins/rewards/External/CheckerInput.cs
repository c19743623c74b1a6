using System.Text.Encodings.Web;
using System.Text.Json;

namespace Tenon.Rewards.External;

/// <summary>The input of a checker program: an outcome as one line of JSON.</summary>
/// <param name="Prompt">The prompt.</param>
/// <param name="Response">The response.</param>
/// <param name="Answer">The data's answer, or null if it is unknown.</param>
/// <param name="Ended">Whether the response ended by itself.</param>
internal sealed record CheckerInput(string Prompt, string Response, string? Answer, bool Ended)
{
    private static readonly JsonSerializerOptions Json =
        new(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Returns the line, without a line terminator.</summary>
    /// <param name="outcome">The outcome.</param>
    public static string Of(TextOutcome outcome) =>
        JsonSerializer.Serialize(new CheckerInput(outcome.Prompt, outcome.Response, outcome.Answer, outcome.Ended), Json);
}
