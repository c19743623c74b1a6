namespace Tenon.Conformance;

/// <summary>Encodes letters and spaces, with every special token: enough to test models and strategies without data.</summary>
internal sealed class ToyTokenizer : ITokenizer
{
    private const string Letters = "abcdefghijklmnopqrstuvwxyz ";
    private static readonly string[] Specials = ["<end>", "<pad>", "<unknown>", "<class>", "<separator>", "<mask>"];

    public int VocabularySize => 40;

    public SpecialTokens Special { get; } = new() { EndOfText = 0, Pad = 1, Unknown = 2, Classify = 3, Separator = 4, Mask = 5 };

    public string Fingerprint => "toy-1";

    public IReadOnlyList<int> Encode(string text, bool recognizeSpecial = false) =>
        [.. text.Select(letter => Letters.IndexOf(letter, StringComparison.Ordinal)).Select(at => at < 0 ? 2 : at + Specials.Length)];

    public string Decode(IEnumerable<int> ids, bool keepSpecial = false) =>
        string.Concat(ids.Where(id => keepSpecial || id >= Specials.Length).Select(TokenText));

    public string TokenText(int id)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)id, (uint)VocabularySize, nameof(id));
        return id < Specials.Length
            ? Specials[id] : id < Specials.Length + Letters.Length ? Letters[id - Specials.Length].ToString() : $"<unused {id}>";
    }

    public int? TokenId(string tokenText) =>
        Enumerable.Range(0, VocabularySize).Where(id => TokenText(id) == tokenText).Select(id => (int?)id).FirstOrDefault();

    public IStreamingDecoder StreamingDecoder() => new Decoder(this);

    public void Save(string folder) => File.WriteAllText(Path.Combine(folder, "toy-tokenizer.txt"), Letters);

    private sealed class Decoder(ToyTokenizer tokenizer) : IStreamingDecoder
    {
        public string Add(int id) => tokenizer.Decode([id]);

        public string Flush() => "";
    }
}
