using Tenon.Tokenizers.Decoders;
using Tenon.Tokenizers.Files;
using Tenon.Tokenizers.PostProcessors;
using Tenon.Tokenizers.PreTokenizers;

namespace Tenon.Tokenizers.BytePair;

/// <summary>A byte-level byte-pair vocabulary, as stored in files.</summary>
/// <param name="Vocabulary">All tokens, spelled in <see cref="ByteAlphabet"/>; added tokens are spelled literally.</param>
/// <param name="Merges">Pairs of spellings that become one token, most important first.</param>
/// <param name="AddPrefixSpace">Whether to prepend a space to a text that does not start with one.</param>
/// <param name="Frames">The tokens around texts, or null for none.</param>
internal sealed record BytePairModel(
    Vocabulary Vocabulary,
    IReadOnlyList<(string Left, string Right)> Merges,
    bool AddPrefixSpace = false,
    Frames? Frames = null)
{
    /// <summary>The special token of GPT-2 and of vocabularies trained here: it ends a document and starts the next.</summary>
    public const string EndOfText = "<|endoftext|>";

    private const string Gpt2Resource = "gpt2-vocab.bpe.gz";

    /// <summary>256 ids for the bytes, and <see cref="EndOfText"/> as 256.</summary>
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

    /// <summary>The tokenizer of this vocabulary. Decoding the ids of a text restores it exactly.</summary>
    /// <param name="file">Where the vocabulary is from, for messages.</param>
    /// <param name="files">Files to save unchanged, or null for only those that are created from the vocabulary.</param>
    /// <exception cref="DataException">A byte has no token, or a merge refers to a missing token.</exception>
    public PipelineTokenizer ToTokenizer(string file = "", TokenizerFiles? files = null)
    {
        IReadOnlyDictionary<string, byte[]> Make() => HuggingFaceWriter.Files(this);

        return new PipelineTokenizer(
            Vocabulary,
            new PipelineTokenizer.Stages(
                Normalizer: null,
                AddPrefixSpace ? new PreTokenizerSequence([new SpacePrefix(), Gpt2Pattern.Instance]) : Gpt2Pattern.Instance,
                new BytePair.Merges(file, Vocabulary, Merges).ByteLevel(ignoreMerges: false),
                Frames ?? PostProcessors.Frames.None,
                new ByteLevelDecoder()),
            files?.Or(Make) ?? new TokenizerFiles(Make));
    }

    /// <summary>Bytes, then merged tokens, then <see cref="EndOfText"/>, which is GPT-2's order.</summary>
    public static BytePairModel Create(IEnumerable<byte> bytes, IReadOnlyList<(string Left, string Right)> merges)
    {
        var tokens = bytes.Select(value => ByteAlphabet.Spell(value).ToString()).ToList();
        tokens.AddRange(merges.Select(merge => merge.Left + merge.Right).Distinct(StringComparer.Ordinal));
        var end = tokens.Count;
        tokens.Add(EndOfText);
        return new BytePairModel(
            new Vocabulary(tokens, [new AddedToken(end, EndOfText, Special: true)], SpecialTokens(tokens.Count)), merges);
    }

    /// <summary>The special tokens of a vocabulary with a given number of ids: <see cref="EndOfText"/>, which is last.</summary>
    public static SpecialTokens SpecialTokens(int vocabularySize) =>
        new() { EndOfText = vocabularySize - 1, BeginOfText = vocabularySize - 1 };
}
