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
    private const int MostAlternatives = 5;

    /// <inheritdoc/>
    protected override string Path => "/v1/completions";

    /// <inheritdoc/>
    protected override string IdPrefix => "cmpl";

    /// <inheritdoc/>
    protected override ServedModel Find(ServedModels models, RequestBody body) =>
        models.Find(body, "generate text", traits => traits.Generates);

    /// <inheritdoc/>
    protected override IReadOnlyList<TextRequest> Requests(ServedModel model, RequestBody body)
    {
        GenerationEngine engine = model.Engine!;
        GenerationInput[] inputs = [.. Inputs(engine, body, model.MaxTexts)];
        SamplingOptions sampling = SamplingFields.Read(body, model, DefaultTokens);
        int? scores = (int?)body.Integer("logprobs", 0, MostAlternatives);
        SeededRandom random = SamplingFields.Seed(body);
        IReadOnlyList<int> ends = engine.Ends(isReply: false);
        int count = SamplingFields.Count(body, inputs.Length, model.MaxTexts);
        return [.. inputs.SelectMany(input => Enumerable.Repeat(input, count)).Select(
            (input, i) => new TextRequest(input, sampling, random.Fork(i), ends) { TopScores = scores })];
    }

    /// <inheritdoc/>
    protected override string ObjectName(bool isEvent) => "text_completion";

    /// <inheritdoc/>
    protected override JsonObject Choice(ServedModel model, int index, CollectedText text) =>
        Choice(model, index, text.Text, text.Tokens, 0, text.Ending);

    /// <inheritdoc/>
    protected override JsonObject? FirstEvent(int index) => null;

    /// <inheritdoc/>
    protected override JsonObject PartEvent(ServedModel model, int index, CollectedText text, TextPart part) =>
        Choice(model, index, part.Text, part.Tokens, text.LastStart, part.Ending);

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
        const string Name = "prompt";
        JsonElement prompt = body.Needed(Name);
        string allowed = $"a text, a list of token ids, or a list of 1 … {most} of them";
        JsonElement[] items = prompt.ValueKind == JsonValueKind.Array && !IsIds(prompt) ? [.. prompt.EnumerateArray()] : [prompt];
        return items.Length == 0 || items.Length > most ? throw RequestBody.Wrong(Name, prompt, allowed) : items.Select(Input);

        GenerationInput Input(JsonElement item) =>
            item.ValueKind == JsonValueKind.String ? engine.Prompt(item.GetString()!)
            : IsIds(item) ? engine.Prompt([.. item.EnumerateArray().Select(id => id.GetInt32())])
            : throw RequestBody.Wrong(Name, prompt, allowed);
    }

    private static bool IsIds(JsonElement item) => item.ValueKind == JsonValueKind.Array && item.GetArrayLength() > 0
        && item.EnumerateArray().All(id => id.ValueKind == JsonValueKind.Number && id.TryGetInt32(out _));
}
