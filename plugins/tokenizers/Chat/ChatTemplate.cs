using System.Text.Json.Nodes;
using Tenon.Tokenizers.Files;
using Tenon.Tokenizers.Jinja;

namespace Tenon.Tokenizers.Chat;

/// <summary>A chat template in Jinja with the special tokens of its tokenizer.</summary>
/// <param name="tokenizer">Encodes rendered conversations.</param>
/// <param name="file">The template's file, for messages.</param>
/// <param name="source">The template.</param>
/// <param name="toolSource">The template for conversations with tools; null if it is the same.</param>
internal sealed class ChatTemplate(PipelineTokenizer tokenizer, string file, string source, string? toolSource = null) : IChatTemplate
{
    // What strftime_now returns in training: batches must not change from day to day.
    private static readonly DateTimeOffset FixedTime = new(2024, 7, 26, 0, 0, 0, TimeSpan.Zero);

    private readonly Lazy<Template> _template = new(() => Read(file, source));
    private readonly Lazy<Template>? _toolTemplate = toolSource is null ? null : new(() => Read(file, toolSource));

    /// <inheritdoc/>
    public string Source { get; } = source;

    /// <inheritdoc/>
    public string ToolSource { get; } = toolSource ?? source;

    /// <inheritdoc/>
    public int? EndOfReply
    {
        get
        {
            var probe = new Conversation([new ChatMessage(ChatMessage.User, "a"), new ChatMessage(ChatMessage.Assistant, "b")]);
            ChatTokens encoded = Encode(probe, lastOnly: true);
            int last = encoded.Ids[encoded.Learned.Index().Last(id => id.Item).Index];
            return tokenizer.Vocabulary.AddedAt(last) is { Special: true } ? last : null;
        }
    }

    /// <summary>Reads the template now instead of on first use.</summary>
    /// <exception cref="DataException">It is malformed.</exception>
    public ChatTemplate Checked()
    {
        _ = _template.Value;
        return this;
    }

    /// <inheritdoc/>
    public string Render(Conversation conversation, bool addGenerationPrompt)
    {
        ArgumentNullException.ThrowIfNull(conversation);
        return Render(conversation, conversation.Messages, addGenerationPrompt, DateTimeOffset.Now).Text;
    }

    /// <inheritdoc/>
    public ChatTokens Encode(Conversation conversation, bool lastOnly = false)
    {
        ArgumentNullException.ThrowIfNull(conversation);
        int count = conversation.Messages.Count;
        while (count > 0 && conversation.Messages[count - 1].Role != ChatMessage.Assistant)
            count--;
        if (count == 0)
            throw new DataException("The conversation has no message of the assistant, so there is nothing to learn.");
        RenderedText whole = Render(conversation, conversation.Messages.Take(count), addGenerationPrompt: false, FixedTime);
        IEnumerable<(int Start, int End)> learned = !lastOnly && whole.Generated.Any(part => part.End > part.Start)
            ? whole.Generated
            : Replies(conversation, count, whole.Text, lastOnly);
        return Encode(whole.Text, Merged(learned));
    }

    // Returns what each reply adds to the messages before it. Some templates shorten earlier replies once others follow, for example
    // by removing their reasoning. Such replies are only context, as they are when the model continues the conversation.
    private IEnumerable<(int Start, int End)> Replies(Conversation conversation, int count, string whole, bool lastOnly)
    {
        for (int i = lastOnly ? count - 1 : 0; i < count; i++)
        {
            if (conversation.Messages[i].Role != ChatMessage.Assistant)
                continue;
            string until = i == count - 1 ? whole : Render(i + 1, addGenerationPrompt: false);
            if (!whole.StartsWith(until, StringComparison.Ordinal))
                continue;
            // Templates cannot start a reply that begins the conversation: they need a message.
            int start = i == 0
                ? Math.Max(0, until.IndexOf(conversation.Messages[0].Content.Trim(), StringComparison.Ordinal))
                : until.AsSpan().CommonPrefixLength(Render(i, addGenerationPrompt: true));
            int end = WithoutSpace(until, start);
            if (end <= start)
                throw new DataException(
                    $"The chat template {file} omits message {i + 1}, which is the assistant's, so there is nothing to learn. " +
                    "Correct it.");
            yield return (start, end);
        }

        string Render(int messages, bool addGenerationPrompt) =>
            this.Render(conversation, conversation.Messages.Take(messages), addGenerationPrompt, FixedTime).Text;
    }

    // White space after the special token that ends a reply is part of the template, not of the reply.
    private int WithoutSpace(string text, int start)
    {
        int end = text.AsSpan().TrimEnd().Length;
        bool ends = tokenizer.Vocabulary.Added.Any(
            token => token.Special && text.AsSpan(0, end).EndsWith(token.Content, StringComparison.Ordinal));
        return end > start && ends ? end : text.Length;
    }

    // Sorted, without empty parts; parts without text between them are one.
    private static List<(int Start, int End)> Merged(IEnumerable<(int Start, int End)> parts)
    {
        List<(int Start, int End)> merged = [];
        foreach ((int start, int end) in parts.Where(part => part.End > part.Start).OrderBy(part => part.Start))
        {
            if (merged.Count > 0 && merged[^1].End >= start)
                merged[^1] = (merged[^1].Start, Math.Max(end, merged[^1].End));
            else
                merged.Add((start, end));
        }

        return merged;
    }

    private ChatTokens Encode(string text, List<(int Start, int End)> learned)
    {
        List<int> ids = [];
        List<bool> targets = [];
        int done = 0;
        foreach ((int start, int end) in learned)
        {
            Add(start, target: false);
            Add(end, target: true);
        }

        Add(text.Length, target: false);
        return new ChatTokens(ids, targets);

        // The ids are those of the whole text if no token spans a boundary. Otherwise, the parts are encoded separately, because a
        // reply starts after the ids of its prompt when the model generates it.
        void Add(int end, bool target)
        {
            if (end == done)
                return;
            IReadOnlyList<int> before = tokenizer.Encode(text[..end], recognizeSpecial: true);
            ids.AddRange(before.Take(ids.Count).SequenceEqual(ids)
                ? before.Skip(ids.Count).ToArray() : tokenizer.Encode(text[done..end], recognizeSpecial: true));
            targets.AddRange(Enumerable.Repeat(target, ids.Count - targets.Count));
            done = end;
        }
    }

    private RenderedText Render(Conversation conversation, IEnumerable<ChatMessage> messages, bool addGenerationPrompt, DateTimeOffset now)
    {
        var variables = new JsonObject
        {
            ["messages"] = new JsonArray([.. messages.Select(Node)]),
            ["tools"] = conversation.Tools is { } tools ? JsonNode.Parse(tools) : null,
            ["documents"] = null,
            ["add_generation_prompt"] = addGenerationPrompt,
        };
        foreach ((string name, int id) in SpecialTokenNames.Present(tokenizer.Special))
            variables[name] = tokenizer.TokenText(id);
        try
        {
            return (conversation.Tools is null ? _template : _toolTemplate ?? _template).Value.Render(variables, now);
        }
        catch (RaisedException raised)
        {
            throw new DataException(
                $"The chat template rejects the conversation: {raised.Message.TrimEnd('.')} ({file}, line {raised.Line}).", raised);
        }
        catch (TemplateException fault)
        {
            throw new DataException($"The chat template {file} fails: {fault.Message}", fault);
        }
    }

    private static JsonNode Node(ChatMessage message)
    {
        var node = new JsonObject { ["role"] = message.Role, ["content"] = message.Content };
        if (message.Fields is { } fields)
        {
            foreach ((string name, JsonNode? value) in JsonNode.Parse(fields)!.AsObject())
                node[name] = value?.DeepClone();
        }

        return node;
    }

    private static Template Read(string file, string source)
    {
        try
        {
            return Template.Read(source);
        }
        catch (TemplateException fault)
        {
            throw new DataException($"The chat template {file} cannot be used: {fault.Message}", fault);
        }
    }
}
