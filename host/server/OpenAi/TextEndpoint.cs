using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Tenon.Host.Serving;
using Tenon.Server.Http;

namespace Tenon.Server.OpenAi;

/// <summary>Generates texts for a request: at once or as a stream of events. The two endpoints differ in prompts and formats.</summary>
/// <param name="models">The models.</param>
/// <param name="metrics">Counts tokens.</param>
internal abstract class TextEndpoint(ServedModels models, ServerMetrics metrics)
{
    /// <summary>The address.</summary>
    protected abstract string Path { get; }

    /// <summary>Adds the endpoint.</summary>
    public void Map(WebApplication application) => application.MapPost(Path, HandleAsync);

    /// <summary>Finds the model of a request.</summary>
    protected abstract ServedModel Find(ServedModels models, RequestBody body);

    /// <summary>Reads the texts to generate, the texts of the first prompt first.</summary>
    protected abstract IReadOnlyList<TextRequest> Requests(ServedModel model, RequestBody body);

    /// <summary>Prefix of the response's id.</summary>
    protected abstract string IdPrefix { get; }

    /// <summary>The field <c>object</c> of a response.</summary>
    /// <param name="isEvent">Whether it is part of a stream.</param>
    protected abstract string ObjectName(bool isEvent);

    /// <summary>The texts of a response.</summary>
    protected abstract JsonObject Choice(ServedModel model, int index, CollectedText text);

    /// <summary>An event that starts a text; null for none.</summary>
    protected abstract JsonObject? FirstEvent(int index);

    /// <summary>An event with a part of a text.</summary>
    /// <param name="model">The model.</param>
    /// <param name="index">Index of the text.</param>
    /// <param name="text">The text with this part.</param>
    /// <param name="part">The part.</param>
    protected abstract JsonObject PartEvent(ServedModel model, int index, CollectedText text, TextPart part);

    /// <summary>The reason why a text ended, in OpenAI's words.</summary>
    protected static string? FinishReason(string? ending) => ending switch
    {
        null => null,
        GenerationEnding.Length or GenerationEnding.Context => "length",
        _ => "stop",
    };

    private async Task HandleAsync(HttpContext context)
    {
        long start = Stopwatch.GetTimestamp();
        using RequestBody body = await RequestBody.ReadAsync(context).ConfigureAwait(false);
        ServedModel model = Find(models, body);
        bool streams = body.Flag("stream");
        bool includesUsage = IncludesUsage(body, streams);
        IReadOnlyList<TextRequest> requests = Requests(model, body);
        // Several texts can have the same prompt.
        int promptTokens = requests.Select(request => request.Input).Distinct().Sum(input => input.Length);
        var response = new TextResponse($"{IdPrefix}-{Guid.NewGuid():N}", model, promptTokens, requests.Count);
        using TextAnswers answers = model.Engine!.Start(requests, context.RequestAborted);
        metrics.CountPrompts(model, promptTokens);
        try
        {
            await (streams ? StreamAsync(context, response, answers, includesUsage, start) : WriteAsync(context, response, answers, start))
                .ConfigureAwait(false);
        }
        finally
        {
            metrics.CountGenerated(model, response.GeneratedTokens);
        }
    }

    private async Task WriteAsync(HttpContext context, TextResponse response, TextAnswers answers, long start)
    {
        await foreach ((int index, TextPart part) in answers.ReadAsync().ConfigureAwait(false))
            Add(response, index, part, start);
        JsonObject json = Envelope(response, isEvent: false,
            response.Texts.Index().Select(text => Choice(response.Model, text.Index, text.Item)));
        json["usage"] = response.Usage();
        await context.WriteJsonAsync(json).ConfigureAwait(false);
    }

    private async Task StreamAsync(HttpContext context, TextResponse response, TextAnswers answers, bool includesUsage, long start)
    {
        var events = new EventStream(context);
        events.Start();
        try
        {
            for (int i = 0; i < response.Texts.Count; i++)
            {
                if (FirstEvent(i) is { } first)
                    await SendAsync(first).ConfigureAwait(false);
            }

            await foreach ((int index, TextPart part) in answers.ReadAsync().ConfigureAwait(false))
            {
                Add(response, index, part, start);
                await SendAsync(PartEvent(response.Model, index, response.Texts[index], part)).ConfigureAwait(false);
            }

            if (includesUsage)
            {
                JsonObject last = Envelope(response, isEvent: true, []);
                last["usage"] = response.Usage();
                await events.SendAsync(last).ConfigureAwait(false);
            }

            await events.EndAsync().ConfigureAwait(false);
        }
        catch (Exception failure) when (!context.RequestAborted.IsCancellationRequested && ApiException.Of(failure) is not null)
        {
            // The status has been sent; the error is the last event, and the stream has no end.
            await events.SendAsync(HttpResponses.Error(ApiException.Of(failure)!)).ConfigureAwait(false);
        }

        Task SendAsync(JsonObject choice)
        {
            JsonObject json = Envelope(response, isEvent: true, [choice]);
            if (includesUsage)
                json["usage"] = null;
            return events.SendAsync(json);
        }
    }

    private void Add(TextResponse response, int index, TextPart part, long start)
    {
        if (response.GeneratedTokens == 0)
            metrics.FirstText(response.Model, Stopwatch.GetElapsedTime(start));
        response.Texts[index].Add(part);
    }

    private JsonObject Envelope(TextResponse response, bool isEvent, IEnumerable<JsonObject> choices) => new()
    {
        ["id"] = response.Id,
        ["object"] = ObjectName(isEvent),
        ["created"] = response.Created,
        ["model"] = response.Model.Name,
        ["choices"] = new JsonArray([.. choices]),
    };

    private static bool IncludesUsage(RequestBody body, bool streams)
    {
        const string Name = "stream_options";
        if (body.Field(Name) is not { } options)
            return false;
        if (!streams)
            throw ApiException.Invalid(Name, $"'{Name}' is allowed only with 'stream': true.");
        if (options.ValueKind != JsonValueKind.Object)
            throw RequestBody.Wrong(Name, options, "an object");
        return options.TryGetProperty("include_usage", out JsonElement usage) && usage.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False or JsonValueKind.Null => false,
            _ => throw RequestBody.Wrong($"{Name}.include_usage", usage, "true or false"),
        };
    }
}

/// <summary>A response with its texts so far.</summary>
/// <param name="Id">Id of the response.</param>
/// <param name="Model">The model.</param>
/// <param name="PromptTokens">Tokens of the prompts.</param>
/// <param name="Count">Number of texts.</param>
internal sealed record TextResponse(string Id, ServedModel Model, int PromptTokens, int Count)
{
    /// <summary>When it began, in seconds since 1970.</summary>
    public long Created { get; } = DateTimeOffset.UtcNow.ToUnixTimeSeconds();

    /// <summary>The texts.</summary>
    public IReadOnlyList<CollectedText> Texts { get; } = [.. Enumerable.Range(0, Count).Select(_ => new CollectedText())];

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

/// <summary>A text as far as it was received.</summary>
internal sealed class CollectedText
{
    private readonly StringBuilder _text = new();
    private readonly List<ScoredToken> _tokens = [];

    /// <summary>The text.</summary>
    public string Text => _text.ToString();

    /// <summary>Length of the text before the last part.</summary>
    public int LastStart { get; private set; }

    /// <summary>Its tokens with scores, if the request asks for them.</summary>
    public IReadOnlyList<ScoredToken> Tokens => _tokens;

    /// <summary>Number of tokens.</summary>
    public int TokenCount { get; private set; }

    /// <summary>Why it ended, or null.</summary>
    public string? Ending { get; private set; }

    /// <summary>Adds the next part.</summary>
    public void Add(TextPart part)
    {
        LastStart = _text.Length;
        _text.Append(part.Text);
        _tokens.AddRange(part.Tokens);
        (TokenCount, Ending) = (part.TokenCount, part.Ending);
    }
}
