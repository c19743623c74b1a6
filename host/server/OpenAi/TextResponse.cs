using System.Text.Json.Nodes;
using Tenon.Host.Inference.Tools;
using Tenon.Host.Serving;

namespace Tenon.Server.OpenAi;

/// <summary>The texts of a request.</summary>
/// <param name="Requests">The texts to generate.</param>
internal sealed record TextPlan(IReadOnlyList<TextRequest> Requests)
{
    /// <summary>Creates what reads the calls of functions in a text; null if texts have none.</summary>
    public Func<IToolCallReader>? Calls { get; init; }
}

/// <summary>A response with its texts so far.</summary>
/// <param name="Id">Id of the response.</param>
/// <param name="Model">The model.</param>
/// <param name="PromptTokens">Tokens of the prompts.</param>
/// <param name="Plan">The texts to generate.</param>
internal sealed record TextResponse(string Id, ServedModel Model, int PromptTokens, TextPlan Plan)
{
    /// <summary>When it began, in seconds since 1970.</summary>
    public long Created { get; } = DateTimeOffset.UtcNow.ToUnixTimeSeconds();

    /// <summary>The texts.</summary>
    public IReadOnlyList<CollectedText> Texts { get; } = [.. Plan.Requests.Select(_ => new CollectedText(Plan.Calls?.Invoke()))];

    /// <summary>Number of tokens generated so far.</summary>
    public int GeneratedTokens => Texts.Sum(text => text.TokenCount);

    /// <summary>The numbers of tokens.</summary>
    public JsonObject Usage() => new()
    {
        ["prompt_tokens"] = PromptTokens,
        ["completion_tokens"] = GeneratedTokens,
        ["total_tokens"] = PromptTokens + GeneratedTokens,
    };
}
