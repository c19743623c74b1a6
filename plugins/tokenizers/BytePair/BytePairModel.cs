using System.Text.Json.Nodes;

namespace Tenon.Tokenizers.BytePair;

/// <summary>A byte-level byte-pair vocabulary, as it stands in files.</summary>
/// <param name="Vocabulary">All tokens, spelled in <see cref="ByteAlphabet"/>; the added ones as they are.</param>
/// <param name="Merges">Pairs of spellings that become one token, most important first.</param>
/// <param name="AddPrefixSpace">Whether a text that does not start with a space gets one.</param>
/// <param name="PostProcessor">What <c>tokenizer.json</c> says of tokens put around a text: kept as it is, since models here add their own.</param>
internal sealed record BytePairModel(
    Vocabulary Vocabulary,
    IReadOnlyList<(string Left, string Right)> Merges,
    bool AddPrefixSpace = false,
    JsonNode? PostProcessor = null)
{
    /// <summary>The special token of GPT-2 and of everything trained here: it ends a document and starts the next.</summary>
    public const string EndOfText = "<|endoftext|>";

    private const string Gpt2Resource = "gpt2-vocab.bpe.gz";

    /// <summary>256 ids that are the bytes, and <see cref="EndOfText"/> as 256.</summary>
    public static BytePairModel Bytes() => Create(Enumerable.Range(0, 256).Select(value => (byte)value), []);

    /// <summary>GPT-2's ids: 256 bytes in its own order, 50,000 merges, and <see cref="EndOfText"/> last, as 50256.</summary>
    public static BytePairModel Gpt2()
    {
        var merges = new List<(string, string)>(50_000);
        foreach (var line in ShippedTexts.Lines(Gpt2Resource))
        {
            if (line.Length > 0 && !line.StartsWith("#version", StringComparison.Ordinal))
                merges.Add((line[..line.IndexOf(' ')], line[(line.IndexOf(' ') + 1)..]));
        }

        return Create(ByteAlphabet.Order, merges);
    }

    /// <summary>Bytes first, then what each merge makes, then <see cref="EndOfText"/>: GPT-2's order.</summary>
    public static BytePairModel Create(IEnumerable<byte> bytes, IReadOnlyList<(string Left, string Right)> merges)
    {
        var tokens = bytes.Select(value => ByteAlphabet.Spell(value).ToString()).ToList();
        tokens.AddRange(merges.Select(merge => merge.Left + merge.Right).Distinct(StringComparer.Ordinal));
        var end = tokens.Count;
        tokens.Add(EndOfText);
        return new BytePairModel(new Vocabulary(tokens, [new AddedToken(end, EndOfText, Special: true)], SpecialTokens(tokens.Count)), merges);
    }

    /// <summary>The special tokens of a vocabulary with so many ids: <see cref="EndOfText"/>, which is last.</summary>
    public static SpecialTokens SpecialTokens(int vocabularySize) => new() { EndOfText = vocabularySize - 1, BeginOfText = vocabularySize - 1 };
}
