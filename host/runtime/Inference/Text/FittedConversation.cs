namespace Tenon.Host.Inference.Text;

/// <summary>
/// A conversation without the turns at its start that do not fit into a model's context. A turn is a message of the user with the
/// messages that follow it. The messages before the first turn, such as the system text, and the last turn are always kept.
/// </summary>
/// <param name="Conversation">The messages that the model reads.</param>
/// <param name="Tokens">Number of tokens in the format of the chat template, up to the start of the reply.</param>
/// <param name="DroppedTurns">Number of turns that were dropped.</param>
public sealed record FittedConversation(Conversation Conversation, int Tokens, int DroppedTurns)
{
    /// <summary>Drops as few turns as possible.</summary>
    /// <param name="conversation">The conversation, which ends with a message to reply to.</param>
    /// <param name="model">The model. An encoder-decoder reads the conversation as its source, which needs no room for the reply.</param>
    /// <param name="tokenizer">The model's tokenizer, with a chat template.</param>
    /// <param name="room">Tokens of the context to keep for the reply, at least 1. The last turn may take all of them but one.</param>
    /// <exception cref="ModelException">The tokenizer has no chat template, or the last turn alone is too long.</exception>
    /// <exception cref="DataException">The chat template is malformed, or rejects the conversation.</exception>
    public static FittedConversation Of(Conversation conversation, ICausalLanguageModel model, ITokenizer tokenizer, int room)
    {
        ArgumentNullException.ThrowIfNull(conversation);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentOutOfRangeException.ThrowIfLessThan(room, 1);
        (int limit, int least) = model is IEncoderDecoder encoder ? (encoder.SourceLength, 0) : (model.ContextLength, 1);
        int[] turns = [.. conversation.Messages.Index().Where(each => each.Item.Role == ChatMessage.User).Select(each => each.Index)];
        for (int dropped = 0; ; dropped++)
        {
            Conversation kept = dropped == 0 ? conversation : conversation with
            {
                Messages = [.. conversation.Messages.Take(turns[0]), .. conversation.Messages.Skip(turns[dropped])],
            };
            int tokens = GenerationInput.Of(kept, model, tokenizer).Length;
            bool isLast = dropped >= turns.Length - 1;
            if (tokens + (isLast || least == 0 ? least : room) <= limit)
                return new FittedConversation(kept, tokens, dropped);
            if (isLast)
            {
                throw new ModelException(
                    $"The message has {tokens} tokens in the format of the chat template, but the model's context of {limit} tokens must " +
                    "hold it and the reply. Shorten the message or the system text.");
            }
        }
    }
}
