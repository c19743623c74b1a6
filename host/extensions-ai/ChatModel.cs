using Tenon.Host;
using Tenon.Host.Models;
using Tenon.Host.Serving;

namespace Tenon.Extensions.AI;

/// <summary>An opened model that replies in conversations.</summary>
/// <param name="Engine">Generates the replies of all requests in one running batch.</param>
/// <param name="Tokenizer">The model's tokenizer.</param>
/// <param name="ContextLength">Maximum number of tokens in a conversation.</param>
/// <param name="Constraints">Constraints on generated tokens in the model's folder; null for none.</param>
internal sealed record ChatModel(GenerationEngine Engine, ITokenizer Tokenizer, int ContextLength, TokenConstraints? Constraints)
    : IAsyncDisposable
{
    // The callers wait for their replies and decide how long.
    private const int MaxWaiting = 1_000_000;

    /// <summary>Reads a model.</summary>
    /// <param name="thread">The model.</param>
    /// <param name="options">Limits.</param>
    /// <exception cref="ModelException">The model is not a causal language model with a tokenizer and a chat template.</exception>
    public static async Task<ChatModel> Of(ModelThread thread, TenonModelOptions options)
    {
        GenerationEngine engine = await thread.NewEngineAsync(new ServingLimits
        {
            MaxRunning = options.MaxRunning,
            MaxWaiting = MaxWaiting,
            CacheBytes = options.CacheBytes,
            RequestTime = Timeout.InfiniteTimeSpan,
        }).ConfigureAwait(false);
        engine.Ends(isReply: true); // There must be a chat template.
        return await thread.InvokeAsync(opened => new ChatModel(
            engine, opened.NeededTokenizer, opened.As<ICausalLanguageModel>("chat").ContextLength,
            opened.GenerationSettings().Constraints)).ConfigureAwait(false);
    }

    /// <summary>Ends the replies that are generated.</summary>
    public async ValueTask DisposeAsync() => await Engine.StopAsync(TimeSpan.Zero).ConfigureAwait(false);
}
