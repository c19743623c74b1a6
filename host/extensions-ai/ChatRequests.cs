using System.Security.Cryptography;
using Microsoft.Extensions.AI;
using Tenon.Host.Inference.Formats;
using Tenon.Host.Inference.Text;
using Tenon.Host.Inference.Tools;
using Tenon.Host.Plugins.Loading;
using Tenon.Host.Serving;
using AIMessage = Microsoft.Extensions.AI.ChatMessage;

namespace Tenon.Extensions.AI;

/// <summary>A request as the library reads it.</summary>
/// <param name="Text">The reply to generate.</param>
/// <param name="Calls">Reads the calls of functions in the reply; null if it has none.</param>
internal sealed record ReadRequest(TextRequest Text, IToolCallReader? Calls);

/// <summary>Turns chat requests into those of the library.</summary>
internal static class ChatRequests
{
    /// <summary>Reads a request.</summary>
    /// <param name="messages">The conversation to reply to.</param>
    /// <param name="options">Options; null for the defaults.</param>
    /// <param name="client">The client, for <see cref="ChatOptions.RawRepresentationFactory"/>.</param>
    /// <param name="name">Name of the client's model.</param>
    /// <param name="model">The model.</param>
    /// <exception cref="NotSupportedException">An option, a role, a content or a tool is not supported.</exception>
    /// <exception cref="ArgumentException">There are no messages, or an option has a value that is not allowed.</exception>
    /// <exception cref="OptionsException">The schema of the response, or of a function, is malformed or not supported.</exception>
    /// <exception cref="ModelException">The conversation is longer than the context.</exception>
    /// <exception cref="DataException">The chat template rejects the conversation.</exception>
    public static ReadRequest Read(
        IReadOnlyList<AIMessage> messages, ChatOptions? options, IChatClient client, string name, ChatModel model)
    {
        options ??= new ChatOptions();
        Refuse(options, name);
        ToolUse? tools = ChatTools.Read(options, model.Tools, name);
        if (!model.Tools.HasTools && messages.Any(Conversations.HasCalls))
            throw new NotSupportedException(model.Tools.Refusal(nameof(FunctionCallContent), name));
        Conversation conversation = Conversations.Of(messages, options.Instructions) with { Tools = tools?.Description };
        SamplingOptions sampling = Sampling(options, client, model);
        if (tools is not null)
            sampling = Apply(tools, sampling, model.Tokenizer);
        GenerationInput input = model.Engine.Prompt(conversation, tools?.Start ?? "");
        // The first of the texts that a seed gives, as in the server.
        SeededRandom random = new SeededRandom(Seed(options)).Fork(0);
        return new ReadRequest(new TextRequest(input, sampling, random, model.Engine.Ends(isReply: true)), tools?.Reader());
    }

    private static SamplingOptions Apply(ToolUse tools, SamplingOptions sampling, ITokenizer tokenizer) =>
        sampling.Format is null ? tools.Apply(sampling, tokenizer) : throw new NotSupportedException(
            $"'{nameof(ChatOptions.ResponseFormat)}' is supported with '{nameof(ChatOptions.Tools)}' only if " +
            $"'{nameof(ChatOptions.ToolMode)}' is None. Remove one of them.");

    private static void Refuse(ChatOptions options, string name)
    {
        Refused.OtherModel(options.ModelId, name);
        Refused.If(options.ConversationId is not null, nameof(options.ConversationId));
        Refused.If(options.Reasoning is not null, nameof(options.Reasoning));
#pragma warning disable MEAI001 // In preview; must not be ignored all the same.
        Refused.If(options.ContinuationToken is not null, nameof(options.ContinuationToken));
#pragma warning restore MEAI001
        Refused.Additional(options.AdditionalProperties);
    }

    private static SamplingOptions Sampling(ChatOptions options, IChatClient client, ChatModel model)
    {
        SamplingOptions own = Refused.Representation<SamplingOptions>(options.RawRepresentationFactory?.Invoke(client))
            ?? new SamplingOptions { MaxNewTokens = model.ContextLength, Temperature = model.Engine.HasEncoder ? 0 : 1 };
        return own with
        {
            MaxNewTokens = Refused.IfOutside(options.MaxOutputTokens ?? own.MaxNewTokens, 1, null, nameof(options.MaxOutputTokens)),
            Temperature = Refused.IfOutside(Exact(options.Temperature) ?? own.Temperature, 0, 100, nameof(options.Temperature)),
            TopP = Refused.IfOutside(Exact(options.TopP) ?? own.TopP, 0, 1, nameof(options.TopP)),
            TopK = Refused.IfOutside(options.TopK ?? own.TopK, 0, null, nameof(options.TopK)),
            FrequencyPenalty =
                Refused.IfOutside(Exact(options.FrequencyPenalty) ?? own.FrequencyPenalty, -2, 2, nameof(options.FrequencyPenalty)),
            PresencePenalty =
                Refused.IfOutside(Exact(options.PresencePenalty) ?? own.PresencePenalty, -2, 2, nameof(options.PresencePenalty)),
            Stop = Stops(options) ?? own.Stop,
            Format = Format(options.ResponseFormat, model.Tokenizer) ?? own.Format,
            Constraints = own.Constraints ?? model.Constraints,
        };
    }

    // 0.9f is the decimal 0.9 that the caller wrote.
    private static double? Exact(float? value) => value is { } number
        ? float.IsFinite(number) && Math.Abs(number) < 1e6f ? (double)(decimal)number : number : null;

    private static string[]? Stops(ChatOptions options)
    {
        if (options.StopSequences is not { Count: > 0 } stops)
            return null;
        return !stops.Any(string.IsNullOrEmpty) ? [.. stops] : throw new ArgumentOutOfRangeException(
            nameof(options), "'StopSequences' contains an empty text, which would end every reply immediately. Remove it.");
    }

    private static ITokenFormat? Format(ChatResponseFormat? format, ITokenizer tokenizer) => format switch
    {
        null or ChatResponseFormatText => null,
        ChatResponseFormatJson { Schema: { } schema } =>
            OutputFormats.JsonSchema(schema.GetRawText(), tokenizer, nameof(ChatOptions.ResponseFormat)),
        ChatResponseFormatJson => OutputFormats.Json(tokenizer),
        _ => throw new NotSupportedException($"'ResponseFormat' is a {format.GetType().Name}. Allowed: Text, Json and ForJsonSchema."),
    };

    private static ulong Seed(ChatOptions options) => options.Seed is { } seed
        ? unchecked((ulong)seed) : BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));
}
