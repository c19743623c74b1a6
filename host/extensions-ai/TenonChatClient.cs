using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using Tenon.Host;
using Tenon.Host.Inference.Tools;
using Tenon.Host.Plugins.Loading;
using Tenon.Host.Serving;
using AIMessage = Microsoft.Extensions.AI.ChatMessage;

namespace Tenon.Extensions.AI;

/// <summary>
/// A language model with a chat template as a chat client. The replies of concurrent requests are generated in one running batch.
/// The first request opens the model, which belongs to the client. Functions (<see cref="ChatOptions.Tools"/>) are called with models
/// whose chat template has tools. Options that cannot be honoured are refused by name. Thread-safe.
/// </summary>
public sealed class TenonChatClient : IChatClient, IAsyncDisposable
{
    private readonly ModelOnDemand<ChatModel> _model;
    private readonly ChatClientMetadata _metadata;

    /// <summary>Creates a client. Nothing is opened yet.</summary>
    /// <param name="host">The library. Not disposed.</param>
    /// <param name="folder">A run's folder, or a model folder in Hugging Face's layout.</param>
    /// <param name="options">How the model is opened; null for the defaults.</param>
    public TenonChatClient(TenonHost host, string folder, TenonModelOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(host);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        options ??= new TenonModelOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxRunning, 1);
        _model = new ModelOnDemand<ChatModel>(host, folder, options, thread => ChatModel.Of(thread, options));
        _metadata = new ChatClientMetadata("tenon", defaultModelId: _model.Name);
    }

    /// <summary>Opens the model now, so that no request waits for it and a wrong folder is reported at once.</summary>
    /// <param name="stop">Stops waiting.</param>
    /// <exception cref="ModelException">
    /// The folder is not a model folder, or the model is not a causal language model with a tokenizer and a chat template.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The client was disposed.</exception>
    public Task OpenAsync(CancellationToken stop = default) => _model.GetAsync(stop);

    /// <summary>Generates the assistant's next message.</summary>
    /// <param name="messages">
    /// At least one message, of text, calls and results of functions. They are not cut: see <c>FittedConversation</c>.
    /// </param>
    /// <param name="options">
    /// Options; null for the defaults. <see cref="ChatOptions.RawRepresentationFactory"/> may return <see cref="SamplingOptions"/>, to
    /// which the other options are added.
    /// </param>
    /// <param name="cancellationToken">Ends the reply within one token.</param>
    /// <exception cref="ModelException">The model cannot be opened, or the messages are longer than its context.</exception>
    /// <exception cref="DataException">The chat template rejects the messages.</exception>
    /// <exception cref="NotSupportedException">An option, a role, a content or a tool is not supported.</exception>
    /// <exception cref="ArgumentException">
    /// There are no messages, a result belongs to no earlier call, or an option has a value that is not allowed.
    /// </exception>
    /// <exception cref="OptionsException">The schema of the response, or of a function, is malformed or not supported.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The client was disposed.</exception>
    public Task<ChatResponse> GetResponseAsync(
        IEnumerable<AIMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken);

    /// <summary>
    /// Generates the assistant's next message and yields its text while it is generated: complete characters, no part of a stop text.
    /// A call of a function is yielded when it is complete. The last update has the reason why the message ended and the numbers of
    /// tokens. Exceptions are those of <see cref="GetResponseAsync"/>.
    /// </summary>
    /// <param name="messages">At least one message.</param>
    /// <param name="options">Options; null for the defaults.</param>
    /// <param name="cancellationToken">Ends the reply within one token, as does ending the enumeration.</param>
    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<AIMessage> messages, ChatOptions? options = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        AIMessage[] read = [.. messages];
        ChatModel model = await _model.GetAsync(cancellationToken).ConfigureAwait(false);
        (TextRequest request, IToolCallReader? calls) = ChatRequests.Read(read, options, this, _model.Name, model);
        string id = $"chatcmpl-{Guid.NewGuid():N}";
        DateTimeOffset created = DateTimeOffset.UtcNow;
        bool hasCalls = false;
        using TextAnswers answers = model.Engine.Start([request], cancellationToken);
        await foreach ((int _, TextPart part) in answers.ReadAsync().ConfigureAwait(false))
        {
            ToolCallPart known = calls?.Read(part.Text, part.Ending is not null) ?? new ToolCallPart(part.Text, []);
            hasCalls |= known.Calls.Count > 0;
            List<AIContent> contents = known.Text.Length > 0 ? [new TextContent(known.Text)] : [];
            contents.AddRange(known.Calls.Select(ChatTools.Content));
            if (part.Ending is not null)
                contents.Add(new UsageContent(Usage(request.Input.Length, part.TokenCount)));
            if (contents.Count == 0)
                continue; // Of a part that may be a call, nothing is known yet.
            yield return new ChatResponseUpdate(ChatRole.Assistant, contents)
            {
                ResponseId = id,
                MessageId = id,
                ModelId = _model.Name,
                CreatedAt = created,
                FinishReason = Reason(part.Ending, hasCalls),
            };
        }
    }

    /// <summary>Returns the client itself, or its <see cref="ChatClientMetadata"/>; null for other types.</summary>
    /// <param name="serviceType">The type.</param>
    /// <param name="serviceKey">Must be null; there are no services with keys.</param>
    public object? GetService(Type serviceType, object? serviceKey = null) =>
        OfferedServices.Find(this, _metadata, serviceType, serviceKey);

    /// <summary>Ends the replies that are generated, and frees the model.</summary>
    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    /// <summary>Ends the replies that are generated, and frees the model.</summary>
    public ValueTask DisposeAsync() => _model.DisposeAsync();

    private static UsageDetails Usage(int read, int generated) =>
        new() { InputTokenCount = read, OutputTokenCount = generated, TotalTokenCount = read + generated };

    private static ChatFinishReason? Reason(string? ending, bool hasCalls) => ending switch
    {
        null => null,
        GenerationEnding.Length or GenerationEnding.Context => ChatFinishReason.Length,
        _ => hasCalls ? ChatFinishReason.ToolCalls : ChatFinishReason.Stop,
    };
}
