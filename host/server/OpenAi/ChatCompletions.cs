using System.Text.Json.Nodes;
using Tenon.Host.Inference.Text;
using Tenon.Host.Serving;
using Tenon.Server.Http;

namespace Tenon.Server.OpenAi;

/// <summary><c>POST /v1/chat/completions</c>: replies to conversations, in the format of the model's chat template.</summary>
/// <param name="models">The models.</param>
/// <param name="metrics">Counts tokens.</param>
internal sealed class ChatCompletions(ServedModels models, ServerMetrics metrics) : TextEndpoint(models, metrics)
{
    private const int MostAlternatives = 20;

    private static readonly string[] Unsupported =
    [
        "tools", "functions", "function_call", "audio", "web_search_options", "reasoning_effort", "verbosity", "documents",
        "chat_template", "chat_template_kwargs", "continue_final_message",
    ];

    /// <inheritdoc/>
    protected override string Path => "/v1/chat/completions";

    /// <inheritdoc/>
    protected override string IdPrefix => "chatcmpl";

    /// <inheritdoc/>
    protected override ServedModel Find(ServedModels models, RequestBody body) =>
        models.Find(body, "reply in conversations, because it has no chat template", traits => traits.Chats);

    /// <inheritdoc/>
    protected override IReadOnlyList<TextRequest> Requests(ServedModel model, RequestBody body)
    {
        body.Refuse(Unsupported);
        if (body.OneOf("tool_choice", "none", "auto") is not null && body.Field("tools") is null)
            throw ApiException.Invalid("tool_choice", "'tool_choice' is allowed only with 'tools', which are not supported. Remove it.");
        if (body.Texts("modalities", most: 2).Any(modality => modality != "text"))
            throw ApiException.Unsupported("modalities", "'modalities' must be [\"text\"].");
        GenerationEngine engine = model.Engine!;
        GenerationInput input = engine.Prompt(Conversation.Read(body.Needed("messages"), tools: null, "messages"));
        SamplingOptions sampling = SamplingFields.Read(body, model, model.Traits.ContextLength!.Value);
        int? scores = Scores(body);
        SeededRandom random = SamplingFields.Seed(body);
        IReadOnlyList<int> ends = engine.Ends(isReply: true);
        int count = SamplingFields.Count(body, prompts: 1, model.MaxTexts);
        return [.. Enumerable.Range(0, count).Select(
            i => new TextRequest(input, sampling, random.Fork(i), ends) { TopScores = scores })];
    }

    /// <inheritdoc/>
    protected override string ObjectName(bool isEvent) => isEvent ? "chat.completion.chunk" : "chat.completion";

    /// <inheritdoc/>
    protected override JsonObject Choice(ServedModel model, int index, CollectedText text) => new()
    {
        ["index"] = index,
        ["message"] = new JsonObject { ["role"] = ChatMessage.Assistant, ["content"] = text.Text, ["refusal"] = null },
        ["logprobs"] = Logprobs(model, text.Tokens),
        ["finish_reason"] = FinishReason(text.Ending),
    };

    /// <inheritdoc/>
    protected override JsonObject? FirstEvent(int index) => new()
    {
        ["index"] = index,
        ["delta"] = new JsonObject { ["role"] = ChatMessage.Assistant, ["content"] = "" },
        ["logprobs"] = null,
        ["finish_reason"] = null,
    };

    /// <inheritdoc/>
    protected override JsonObject PartEvent(ServedModel model, int index, CollectedText text, TextPart part) => new()
    {
        ["index"] = index,
        ["delta"] = part.Text.Length == 0 ? new JsonObject() : new JsonObject { ["content"] = part.Text },
        ["logprobs"] = Logprobs(model, part.Tokens),
        ["finish_reason"] = FinishReason(part.Ending),
    };

    private static JsonObject? Logprobs(ServedModel model, IReadOnlyList<ScoredToken> tokens) =>
        tokens.Count == 0 ? null : new LogProbabilities(model.Traits.Tokenizer!).OfChat(tokens);

    private static int? Scores(RequestBody body)
    {
        bool isWanted = body.Flag("logprobs");
        int? top = (int?)body.Integer("top_logprobs", 0, MostAlternatives);
        return top is null || isWanted ? (isWanted ? top ?? 0 : null) : throw ApiException.Invalid(
            "top_logprobs", "'top_logprobs' is allowed only with 'logprobs': true.");
    }
}
