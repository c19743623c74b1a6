using System.Text.Json.Nodes;
using Tenon.Host.Inference.Text;
using Tenon.Host.Inference.Tools;
using Tenon.Host.Serving;
using Tenon.Server.Http;

namespace Tenon.Server.OpenAi;

/// <summary><c>POST /v1/chat/completions</c>: replies to conversations, in the format of the model's chat template.</summary>
/// <param name="models">The models.</param>
/// <param name="metrics">Counts tokens.</param>
internal sealed class ChatCompletions(ServedModels models, ServerMetrics metrics) : TextEndpoint(models, metrics)
{
    private static readonly StructuredField Messages = new(
        "messages", ChatSchemas.Messages, "The conversation. The model generates its next message.")
    { IsNeeded = true };

    private static readonly FlagField Logprobs = new("logprobs", "Whether to return the log-probabilities of the tokens.");
    private static readonly IntegerField TopLogprobs = new(
        "top_logprobs", 0, 20, "Number of most probable tokens to return at each place. Only with logprobs.");

    private static readonly TextsField Modalities = new("modalities", 2, allowsEmpty: true, "Must be [\"text\"].");

    private static readonly string[] Unsupported =
    [
        "functions", "function_call", "audio", "web_search_options", "reasoning_effort", "verbosity", "documents", "chat_template",
        "chat_template_kwargs", "continue_final_message",
    ];

    /// <inheritdoc/>
    public override ApiEndpoint Endpoint => new(
        "POST", "/v1/chat/completions", "Generates the next message of a conversation.", HandleAsync)
    {
        Suits = traits => traits.Chats,
        Fields = [Messages, .. ToolFields.All, Logprobs, TopLogprobs, Modalities, .. SamplingFields.All, .. StreamFields],
        Refused = [.. Unsupported, .. SamplingFields.Unsupported],
        Example = _ => new JsonObject
        {
            ["messages"] = new JsonArray(new JsonObject { ["role"] = ChatMessage.User, ["content"] = "Hello" }),
            ["max_tokens"] = 8,
        },
        Answer = ChatSchemas.Answer,
        Event = ChatSchemas.Event,
    };

    /// <inheritdoc/>
    protected override string IdPrefix => "chatcmpl";

    /// <inheritdoc/>
    protected override string Purpose => "reply in conversations, because it has no chat template";

    /// <inheritdoc/>
    protected override TextPlan Plan(ServedModel model, RequestBody body)
    {
        body.Refuse(Unsupported);
        ToolUse? tools = ToolFields.Read(body, model);
        if (Modalities.Read(body).Any(modality => modality != "text"))
            throw ApiException.Unsupported(Modalities.Name, $"'{Modalities.Name}' must be [\"text\"].");
        GenerationEngine engine = model.Engine!;
        Conversation conversation = Conversation.Read(Messages.Read(body)!.Value, tools: null, Messages.Name) with
        {
            Tools = tools?.Description,
        };
        GenerationInput input = engine.Prompt(ToolMessages.Convert(conversation, model), tools?.Start ?? "");
        SamplingOptions sampling = SamplingFields.Read(body, model, model.Traits.ContextLength!.Value);
        if (tools is not null)
            sampling = ToolFields.Apply(tools, sampling, model.Traits.Tokenizer!);
        int? scores = Scores(body);
        SeededRandom random = SamplingFields.Seed(body);
        IReadOnlyList<int> ends = engine.Ends(isReply: true);
        int count = SamplingFields.Count(body, prompts: 1, model.MaxTexts);
        return new TextPlan([.. Enumerable.Range(0, count).Select(
            i => new TextRequest(input, sampling, random.Fork(i), ends) { TopScores = scores })])
        {
            Calls = tools is null ? null : tools.Reader,
        };
    }

    /// <inheritdoc/>
    protected override string ObjectName(bool isEvent) => isEvent ? "chat.completion.chunk" : "chat.completion";

    /// <inheritdoc/>
    protected override JsonObject Choice(ServedModel model, int index, CollectedText text)
    {
        bool isCall = text.Calls.Count > 0;
        var message = new JsonObject
        {
            ["role"] = ChatMessage.Assistant,
            ["content"] = isCall && text.Text.Length == 0 ? null : text.Text,
            ["refusal"] = null,
        };
        if (isCall)
            message[ToolMessage.Calls] = new JsonArray([.. text.Calls.Select(call => ToolMessages.Of(call.Id, call.Call))]);
        return new JsonObject
        {
            ["index"] = index,
            ["message"] = message,
            ["logprobs"] = LogprobsOf(model, text.Tokens),
            ["finish_reason"] = Reason(text),
        };
    }

    /// <inheritdoc/>
    protected override JsonObject? FirstEvent(int index) => new()
    {
        ["index"] = index,
        ["delta"] = new JsonObject { ["role"] = ChatMessage.Assistant, ["content"] = "" },
        ["logprobs"] = null,
        ["finish_reason"] = null,
    };

    /// <inheritdoc/>
    protected override JsonObject? PartEvent(ServedModel model, int index, CollectedText text)
    {
        var delta = new JsonObject();
        if (text.Last.Text.Length > 0)
            delta["content"] = text.Last.Text;
        if (text.Last.Calls.Count > 0)
        {
            int first = text.Calls.Count - text.Last.Calls.Count;
            delta[ToolMessage.Calls] = new JsonArray([.. text.Calls.Skip(first).Select((call, i) =>
            {
                JsonObject json = ToolMessages.Of(call.Id, call.Call);
                json.Insert(0, "index", first + i);
                return json;
            })]);
        }

        // Of a part that may be a call, nothing is known yet.
        return delta.Count == 0 && text.LastTokens.Count == 0 && text.Ending is null ? null : new JsonObject
        {
            ["index"] = index,
            ["delta"] = delta,
            ["logprobs"] = LogprobsOf(model, text.LastTokens),
            ["finish_reason"] = Reason(text),
        };
    }

    private static string? Reason(CollectedText text) =>
        FinishReason(text.Ending) is "stop" && text.Calls.Count > 0 ? "tool_calls" : FinishReason(text.Ending);

    private static JsonObject? LogprobsOf(ServedModel model, IReadOnlyList<ScoredToken> tokens) =>
        tokens.Count == 0 ? null : new LogProbabilities(model.Traits.Tokenizer!).OfChat(tokens);

    private static int? Scores(RequestBody body)
    {
        bool isWanted = Logprobs.Read(body) ?? false;
        int? top = (int?)TopLogprobs.Read(body);
        return top is null || isWanted ? (isWanted ? top ?? 0 : null) : throw ApiException.Invalid(
            TopLogprobs.Name, $"'{TopLogprobs.Name}' is allowed only with '{Logprobs.Name}': true.");
    }
}
