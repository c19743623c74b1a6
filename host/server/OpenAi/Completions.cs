using System.Text.Json;
using System.Text.Json.Nodes;
using Tenon.Host.Inference.Text;
using Tenon.Host.Serving;
using Tenon.Server.Http;

namespace Tenon.Server.OpenAi;

/// <summary>
/// <c>POST /v1/completions</c>: continues prompts; a model with an encoder reads a prompt as its source text and generates the target.
/// </summary>
/// <param name="models">The models.</param>
/// <param name="metrics">Counts tokens.</param>
internal sealed class Completions(ServedModels models, ServerMetrics metrics) : TextEndpoint(models, metrics)
{
    private const int DefaultTokens = 16;

    private static readonly StructuredField Prompt = new(
        "prompt",
        () => JsonSchemas.AnyOf(
            JsonSchemas.Text(), JsonSchemas.List(JsonSchemas.Text()), JsonSchemas.List(JsonSchemas.Integer()),
            JsonSchemas.List(JsonSchemas.List(JsonSchemas.Integer()))),
        "A text, a list of texts, a list of token ids, or a list of such lists.")
    { IsNeeded = true };

    private static readonly IntegerField Logprobs = new(
        "logprobs", 0, 5, "Number of most probable tokens to return at each place, with the log-probabilities of the text's tokens.");

    /// <inheritdoc/>
    public override ApiEndpoint Endpoint => new("POST", "/v1/completions", "Continues prompts.", HandleAsync)
    {
        Suits = traits => traits.Generates,
        Fields = [Prompt, Logprobs, .. SamplingFields.All, .. StreamFields],
        Refused = SamplingFields.Unsupported,
        Example = _ => new JsonObject { ["prompt"] = "Once upon a time", ["max_tokens"] = 8 },
        Answer = () => ChatSchemas.Completion(withUsage: true),
        Event = () => ChatSchemas.Completion(withUsage: false),
    };

    /// <inheritdoc/>
    protected override string IdPrefix => "cmpl";

    /// <inheritdoc/>
    protected override string Purpose => "generate text";

    /// <inheritdoc/>
    protected override TextPlan Plan(ServedModel model, RequestBody body)
    {
        GenerationEngine engine = model.Engine!;
        GenerationInput[] inputs = [.. Inputs(engine, body, model.MaxTexts)];
        SamplingOptions sampling = SamplingFields.Read(body, model, DefaultTokens);
        int? scores = (int?)Logprobs.Read(body);
        SeededRandom random = SamplingFields.Seed(body);
        IReadOnlyList<int> ends = engine.Ends(isReply: false);
        int count = SamplingFields.Count(body, inputs.Length, model.MaxTexts);
        return new TextPlan([.. inputs.SelectMany(input => Enumerable.Repeat(input, count)).Select(
            (input, i) => new TextRequest(input, sampling, random.Fork(i), ends) { TopScores = scores })]);
    }

    /// <inheritdoc/>
    protected override string ObjectName(bool isEvent) => "text_completion";

    /// <inheritdoc/>
    protected override JsonObject Choice(ServedModel model, int index, CollectedText text) =>
        Choice(model, index, text.Text, text.Tokens, 0, text.Ending);

    /// <inheritdoc/>
    protected override JsonObject? FirstEvent(int index) => null;

    /// <inheritdoc/>
    protected override JsonObject? PartEvent(ServedModel model, int index, CollectedText text) =>
        Choice(model, index, text.Last.Text, text.LastTokens, text.LastStart, text.Ending);

    private static JsonObject Choice(
        ServedModel model, int index, string text, IReadOnlyList<ScoredToken> tokens, int offset, string? ending) => new()
        {
            ["index"] = index,
            ["text"] = text,
            ["logprobs"] = tokens.Count == 0 ? null : new LogProbabilities(model.Traits.Tokenizer!).OfCompletion(tokens, offset),
            ["finish_reason"] = FinishReason(ending),
        };

    // A text, a list of texts, a list of token ids, or a list of such lists.
    private static IEnumerable<GenerationInput> Inputs(GenerationEngine engine, RequestBody body, int most)
    {
        JsonElement prompt = Prompt.Read(body)!.Value;
        string allowed = $"a text, a list of token ids, or a list of 1 … {most} of them";
        JsonElement[] items = prompt.ValueKind == JsonValueKind.Array && !IsIds(prompt) ? [.. prompt.EnumerateArray()] : [prompt];
        return items.Length == 0 || items.Length > most ? throw RequestBody.Wrong(Prompt.Name, prompt, allowed) : items.Select(Input);

        GenerationInput Input(JsonElement item) =>
            item.ValueKind == JsonValueKind.String ? engine.Prompt(item.GetString()!)
            : IsIds(item) ? engine.Prompt([.. item.EnumerateArray().Select(id => id.GetInt32())])
            : throw RequestBody.Wrong(Prompt.Name, prompt, allowed);
    }

    private static bool IsIds(JsonElement item) => item.ValueKind == JsonValueKind.Array && item.GetArrayLength() > 0
        && item.EnumerateArray().All(id => id.ValueKind == JsonValueKind.Number && id.TryGetInt32(out _));
}
