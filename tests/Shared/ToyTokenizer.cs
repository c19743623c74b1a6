using System.Text;

namespace Tenon.Tests;

/// <summary>
/// Two characters a token for lower-case pairs, one otherwise: enough for stop texts across token boundaries. Id 0 ends a text.
/// </summary>
internal sealed class ToyTokenizer : ITokenizer
{
    private const string Letters = " abcdefgh";

    public int VocabularySize => 1 + Letters.Length + Letters.Length * Letters.Length;

    public SpecialTokens Special { get; } = new() { EndOfText = 0 };

    public string Fingerprint => "toy";

    /// <summary>Concatenates the messages; the id 0 begins the conversation and ends each reply.</summary>
    public IChatTemplate? ChatTemplate { get; private init; }

    public ITokenizer WithChatTemplate(string source) => new ToyTokenizer { ChatTemplate = new Chat(source) };

    public IReadOnlyList<int> Encode(string text, bool recognizeSpecial = false)
    {
        var ids = new List<int>();
        for (int at = 0; at < text.Length; at += 2)
            ids.Add(at + 1 < text.Length
                ? 1 + Letters.Length + Letters.IndexOf(text[at]) * Letters.Length + Letters.IndexOf(text[at + 1])
                : 1 + Letters.IndexOf(text[at]));
        return ids;
    }

    public string Decode(IEnumerable<int> ids, bool keepSpecial = false) => string.Concat(ids.Select(Spell));

    public string TokenText(int id) => Spell(id);

    public int? TokenId(string tokenText) => Encode(tokenText)[0];

    public byte[]? TokenBytes(int id, bool isFirst) => Encoding.UTF8.GetBytes(Spell(id));

    public IStreamingDecoder StreamingDecoder() => new Decoder();

    public void Save(string folder) => throw new NotSupportedException();

    private static string Spell(int id)
    {
        if (id == 0)
            return "";
        // The model may have more ids than there are pairs.
        if (id >= 1 + Letters.Length + Letters.Length * Letters.Length)
            return "?";
        int pair = id - 1 - Letters.Length;
        return pair < 0 ? Letters[id - 1].ToString() : $"{Letters[pair / Letters.Length]}{Letters[pair % Letters.Length]}";
    }

    private sealed record Chat(string Source) : IChatTemplate
    {
        public int? EndOfReply => 0;

        public string Render(Conversation conversation, bool addGenerationPrompt) => string.Concat(conversation.Texts);

        public ChatTokens Encode(Conversation conversation, bool lastOnly = false)
        {
            List<int> ids = [0];
            List<bool> learned = [false];
            foreach ((int i, ChatMessage message) in conversation.Messages.Index())
            {
                bool reply = message.Role == ChatMessage.Assistant;
                ids.AddRange([.. new ToyTokenizer().Encode(message.Content), .. reply ? [0] : Array.Empty<int>()]);
                bool target = reply && (!lastOnly || i == conversation.Messages.Count - 1);
                learned.AddRange(Enumerable.Repeat(target, ids.Count - learned.Count));
            }

            return new ChatTokens(ids, learned);
        }
    }

    private sealed class Decoder : IStreamingDecoder
    {
        public string Add(int id) => Spell(id);

        public string Flush() => "";
    }
}
