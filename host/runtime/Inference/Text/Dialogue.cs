using System.Text;
using Tenon.Host.Models;

namespace Tenon.Host.Inference.Text;

/// <summary>A reply in a <see cref="Dialogue"/>.</summary>
/// <param name="Text">The reply.</param>
/// <param name="Ending">Why it ended: a <see cref="GenerationEnding"/>, or <see cref="Dialogue.Stopped"/>.</param>
/// <param name="DroppedTurns">Number of turns at the start of the dialogue that the model did not read.</param>
public sealed record DialogueReply(string Text, string Ending, int DroppedTurns);

/// <summary>
/// A dialogue of several turns with a language model, in the format of its chat template. When the dialogue becomes longer than the
/// model's context, the model reads it without its first turns (<see cref="FittedConversation"/>): a quarter of the context, or
/// <see cref="SamplingOptions.MaxNewTokens"/> if that is less, is kept for the reply. Not thread-safe.
/// </summary>
public sealed class Dialogue
{
    /// <summary>The ending of a reply that was cancelled.</summary>
    public const string Stopped = "stopped";

    private readonly ICausalLanguageModel _model;
    private readonly ITokenizer _tokenizer;
    private readonly SamplingOptions _sampling;
    private readonly SeededRandom _random;
    private List<ChatMessage> _turns = []; // questions and replies in turn
    private string? _system;
    private int _replies;
    private int _dropped;

    /// <summary>Starts a dialogue.</summary>
    /// <param name="opened">The model. Not disposed.</param>
    /// <param name="sampling">Sampling options; null for the defaults.</param>
    /// <param name="seed">Equal seeds and messages give equal replies.</param>
    /// <param name="system">The system text; null for none.</param>
    /// <exception cref="ModelException">The model is not a causal language model, or has no tokenizer or no chat template.</exception>
    /// <exception cref="DataException">The chat template is malformed, or does not support a system text.</exception>
    public Dialogue(OpenedModel opened, SamplingOptions? sampling = null, ulong seed = 1, string? system = null)
    {
        ArgumentNullException.ThrowIfNull(opened);
        (_model, _tokenizer) = (opened.As<ICausalLanguageModel>("chat"), opened.NeededTokenizer);
        _sampling = GenerationSettings.Of(opened.FolderConfiguration).Constrain(sampling);
        _random = new SeededRandom(seed);
        System = system;
    }

    /// <summary>The instructions before the dialogue; null for none. May be changed between two turns.</summary>
    /// <exception cref="DataException">The chat template does not support a system text. The former one stays.</exception>
    public string? System
    {
        get => _system;
        set
        {
            // Reported now instead of with the next message.
            GenerationIds.Template(_tokenizer).Render(
                new Conversation(Messages(value, [new ChatMessage(ChatMessage.User, "a")])), addGenerationPrompt: true);
            (_system, _dropped) = (value, 0);
        }
    }

    /// <summary>Number of turns, each a message of the user and the reply.</summary>
    public int Turns => _turns.Count / 2;

    /// <summary>Returns the system text, if there is one, and all messages, including those that the model no longer reads.</summary>
    public IReadOnlyList<ChatMessage> Messages() => Messages(_system, _turns);

    /// <summary>Sends a message and generates the reply.</summary>
    /// <param name="message">The user's message.</param>
    /// <param name="onText">Receives each piece of the reply as it is generated, or null.</param>
    /// <param name="stop">
    /// Ends the reply after the current token; the text so far is the reply. If nothing was generated, the dialogue does not change.
    /// </param>
    /// <exception cref="ModelException">The message is too long for the model. The dialogue remains as it was.</exception>
    /// <exception cref="DataException">The chat template rejects the dialogue, which remains as it was.</exception>
    public DialogueReply Ask(string message, Action<string>? onText = null, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(message);
        return Reply([.. _turns, new ChatMessage(ChatMessage.User, message)], onText, stop);
    }

    /// <summary>Replaces the last reply by another one. Greedy decoding gives the same reply again.</summary>
    /// <param name="onText">Receives each piece of the reply as it is generated, or null.</param>
    /// <param name="stop">Ends the reply after the current token, as for <see cref="Ask"/>.</param>
    /// <exception cref="InvalidOperationException">The dialogue has no turn.</exception>
    public DialogueReply Retry(Action<string>? onText = null, CancellationToken stop = default) => Turns > 0
        ? Reply(_turns[..^1], onText, stop)
        : throw new InvalidOperationException("There is no reply to replace. Send a message first.");

    /// <summary>Removes all turns. The system text stays.</summary>
    public void Reset() => (_turns, _dropped) = ([], 0);

    private static IReadOnlyList<ChatMessage> Messages(string? system, IEnumerable<ChatMessage> turns) =>
        system is null ? [.. turns] : [new ChatMessage(ChatMessage.System, system), .. turns];

    private DialogueReply Reply(List<ChatMessage> messages, Action<string>? onText, CancellationToken stop)
    {
        int room = Math.Max(1, Math.Min(_sampling.MaxNewTokens, _model.ContextLength / 4));
        FittedConversation fitted = FittedConversation.Of(
            new Conversation(Messages(_system, messages.Skip(2 * _dropped))), _model, _tokenizer, room);
        int dropped = _dropped + fitted.DroppedTurns;
        var text = new StringBuilder();
        string ending = Generate(fitted.Conversation, Show, stop);
        if (ending != Stopped || text.Length > 0)
            (_turns, _dropped) = ([.. messages, new ChatMessage(ChatMessage.Assistant, text.ToString())], dropped);
        return new DialogueReply(text.ToString(), ending, dropped);

        void Show(string piece)
        {
            text.Append(piece);
            onText?.Invoke(piece);
        }
    }

    private string Generate(Conversation conversation, Action<string> onText, CancellationToken stop)
    {
        using IDisposable inference = InferenceMode.Enter();
        try
        {
            return TextGenerator.Chat(
                _model, _tokenizer, [conversation], _sampling, _random.Fork(_replies++), (_, piece) => onText(piece), stop: stop)[0].Ending;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return Stopped;
        }
    }
}
