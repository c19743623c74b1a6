using Tenon.Host;
using Tenon.Host.Inference.Tools;
using Tenon.Host.Serving;

namespace Tenon.Extensions.AI;

/// <summary>An opened model that replies in conversations.</summary>
/// <param name="Engine">Generates the replies of all requests in one running batch.</param>
/// <param name="Tokenizer">The model's tokenizer.</param>
/// <param name="ContextLength">Maximum number of tokens in a conversation.</param>
/// <param name="Constraints">Constraints on generated tokens in the model's folder; null for none.</param>
/// <param name="Tools">What its chat template knows of functions.</param>
internal sealed record ChatModel(
    GenerationEngine Engine, ITokenizer Tokenizer, int ContextLength, TokenConstraints? Constraints, ToolTemplate Tools) : IAsyncDisposable
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
        return await thread.InvokeAsync(opened =>
        {
            var model = opened.As<ICausalLanguageModel>("chat");
            return new ChatModel(
                engine, opened.NeededTokenizer, model.ContextLength, opened.GenerationSettings().Constraints,
                ToolTemplate.Of(model, opened.Tokenizer));
        }).ConfigureAwait(false);
    }

    /// <summary>Ends the replies that are generated.</summary>
    public async ValueTask DisposeAsync() => await Engine.StopAsync(TimeSpan.Zero).ConfigureAwait(false);
}
