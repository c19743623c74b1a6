using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Tenon.Host.Serving;
using Tenon.Server.Http;

namespace Tenon.Server.OpenAi;

/// <summary>Generates texts for a request: at once or as a stream of events. The two endpoints differ in prompts and formats.</summary>
/// <param name="models">The models.</param>
/// <param name="metrics">Counts tokens.</param>
internal abstract class TextEndpoint(ServedModels models, ServerMetrics metrics)
{
    private static readonly FlagField Stream = new("stream", "Whether the text is sent in parts as server-sent events.");
    private static readonly StructuredField StreamOptions = new(
        "stream_options",
        () => JsonSchemas.Object([("include_usage", new JsonObject { ["type"] = "boolean" })], []),
        "Whether a last event has the numbers of tokens. Only with stream.");

    /// <summary>The fields that make an answer a stream.</summary>
    protected static IReadOnlyList<RequestField> StreamFields { get; } = [Stream, StreamOptions];

    /// <summary>The endpoint.</summary>
    public abstract ApiEndpoint Endpoint { get; }

    /// <summary>What a model is used for, in words: <c>generate text</c>.</summary>
    protected abstract string Purpose { get; }

    /// <summary>Reads the texts to generate, the texts of the first prompt first.</summary>
    protected abstract TextPlan Plan(ServedModel model, RequestBody body);

    /// <summary>Prefix of the response's id.</summary>
    protected abstract string IdPrefix { get; }

    /// <summary>The field <c>object</c> of a response.</summary>
    /// <param name="isEvent">Whether it is part of a stream.</param>
    protected abstract string ObjectName(bool isEvent);

    /// <summary>The texts of a response.</summary>
    protected abstract JsonObject Choice(ServedModel model, int index, CollectedText text);

    /// <summary>An event that starts a text; null for none.</summary>
    protected abstract JsonObject? FirstEvent(int index);

    /// <summary>An event with the last part of a text; null for none.</summary>
    /// <param name="model">The model.</param>
    /// <param name="index">Index of the text.</param>
    /// <param name="text">The text with this part.</param>
    protected abstract JsonObject? PartEvent(ServedModel model, int index, CollectedText text);

    /// <summary>The reason why a text ended, in OpenAI's words.</summary>
    protected static string? FinishReason(string? ending) => ending switch
    {
        null => null,
        GenerationEnding.Length or GenerationEnding.Context => "length",
        _ => "stop",
    };

    /// <summary>Handles a request.</summary>
    protected async Task HandleAsync(HttpContext context)
    {
        long start = Stopwatch.GetTimestamp();
        using RequestBody body = await RequestBody.ReadAsync(context).ConfigureAwait(false);
        ServedModel model = models.Find(body, Purpose, Endpoint.Suits!);
        bool streams = Stream.Read(body) ?? false;
        bool includesUsage = IncludesUsage(body, streams);
        TextPlan plan = Plan(model, body);
        IReadOnlyList<TextRequest> requests = plan.Requests;
        // Several texts can have the same prompt.
        int promptTokens = requests.Select(request => request.Input).Distinct().Sum(input => input.Length);
        var response = new TextResponse($"{IdPrefix}-{Guid.NewGuid():N}", model, promptTokens, plan);
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
                if (PartEvent(response.Model, index, response.Texts[index]) is { } choice)
                    await SendAsync(choice).ConfigureAwait(false);
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
        if (StreamOptions.Read(body) is not { } options)
            return false;
        if (!streams)
            throw ApiException.Invalid(StreamOptions.Name, $"'{StreamOptions.Name}' is allowed only with '{Stream.Name}': true.");
        if (options.ValueKind != JsonValueKind.Object)
            throw RequestBody.Wrong(StreamOptions.Name, options, "an object");
        return options.TryGetProperty("include_usage", out JsonElement usage) && usage.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False or JsonValueKind.Null => false,
            _ => throw RequestBody.Wrong($"{StreamOptions.Name}.include_usage", usage, "true or false"),
        };
    }
}
