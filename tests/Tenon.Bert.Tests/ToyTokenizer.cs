namespace Tenon.Bert.Tests;

/// <summary>
/// Words of the letters a … z: the first letter is a piece of its own (ids 5 … 30), each further one continues the word
/// (<c>##a</c> …, ids 31 … 56). Ids 0 … 4 are the special tokens.
/// </summary>
internal sealed class ToyTokenizer : ITokenizer
{
    private static readonly string[] Specials = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];
    private static readonly string[] Tokens =
        [.. Specials, .. Enumerable.Range('a', 26).Select(c => $"{(char)c}"), .. Enumerable.Range('a', 26).Select(c => $"##{(char)c}")];

    public int VocabularySize => Tokens.Length;

    public SpecialTokens Special { get; } = new() { Pad = 0, Unknown = 1, Classify = 2, Separator = 3, Mask = 4 };

    public string Fingerprint => "toy";

    public IReadOnlyList<int> Encode(string text, bool recognizeSpecial = false) =>
        [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .SelectMany(word => word.Select((c, at) => (at == 0 ? 5 : 31) + c - 'a'))];

    public string Decode(IEnumerable<int> ids, bool keepSpecial = false) => string.Join(" ", ids.Select(TokenText)).Replace(" ##", "");

    public string TokenText(int id) => Tokens[id];

    public int? TokenId(string tokenText) => Array.IndexOf(Tokens, tokenText) is >= 0 and var id ? id : null;

    public IStreamingDecoder StreamingDecoder() => throw new NotSupportedException();

    public void Save(string folder) => throw new NotSupportedException();
}
