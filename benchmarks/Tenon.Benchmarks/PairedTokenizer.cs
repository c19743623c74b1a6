namespace Tenon.Benchmarks;

/// <summary>A vocabulary of a given size: the tokens of another tokenizer, and pairs of them.</summary>
/// <param name="inner">The other tokenizer.</param>
/// <param name="size">Number of ids, more than the other tokenizer has.</param>
internal sealed class PairedTokenizer(ITokenizer inner, int size) : ITokenizer
{
    private const int Seconds = 300; // second tokens for each first token
    private const int FirstPaired = 256; // single bytes are not paired

    public int VocabularySize => size;

    public SpecialTokens Special => inner.Special;

    public string Fingerprint => $"{inner.Fingerprint} and pairs up to {size}";

    public IReadOnlyList<int> Encode(string text, bool recognizeSpecial = false) => inner.Encode(text, recognizeSpecial);

    public string Decode(IEnumerable<int> ids, bool keepSpecial = false) => inner.Decode(ids.SelectMany(Parts), keepSpecial);

    public string TokenText(int id) => string.Concat(Parts(id).Select(inner.TokenText));

    public int? TokenId(string tokenText) => inner.TokenId(tokenText);

    public byte[]? TokenBytes(int id, bool isFirst) => [.. Parts(id).SelectMany(part => inner.TokenBytes(part, isFirst)!)];

    public IStreamingDecoder StreamingDecoder() => inner.StreamingDecoder();

    public void Save(string folder) => inner.Save(folder);

    private int[] Parts(int id)
    {
        int pair = id - inner.VocabularySize;
        return pair < 0 ? [id] : [FirstPaired + pair / Seconds, FirstPaired + pair % Seconds];
    }
}
