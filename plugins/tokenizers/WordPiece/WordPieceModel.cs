using Tenon.Tokenizers.Decoders;
using Tenon.Tokenizers.Files;
using Tenon.Tokenizers.Models;
using Tenon.Tokenizers.Normalizers;
using Tenon.Tokenizers.PostProcessors;
using Tenon.Tokenizers.PreTokenizers;

namespace Tenon.Tokenizers.WordPiece;

/// <summary>A WordPiece vocabulary and BERT's rules, as stored in files (Devlin et al. 2019).</summary>
/// <param name="Vocabulary">All tokens; tokens that continue a word start with <see cref="Continuing"/>.</param>
/// <param name="Unknown">The token for words that the vocabulary cannot spell.</param>
/// <param name="Rules">The text normalization.</param>
/// <param name="CleanUp">Whether decoding omits the space before periods, commas and the like.</param>
internal sealed record WordPieceModel(
    Vocabulary Vocabulary,
    string Unknown,
    BertRules Rules,
    bool CleanUp = true)
{
    /// <summary>Marks a token that continues a word, in BERT's own vocabularies.</summary>
    public const string Continuing = "##";

    /// <summary>Length of the longest word that BERT tokenizes, in characters.</summary>
    public const int MaxWordLength = 100;

    private const string BertResource = "bert-base-uncased-vocab.txt.gz";

    /// <summary>BERT's special tokens in the order of their ids.</summary>
    public static IReadOnlyList<string> SpecialTokens { get; } = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];

    /// <summary>The vocabulary of BERT's English uncased models: 30,522 ids.</summary>
    public static WordPieceModel Bert() => Create([.. ShippedTexts.Lines(BertResource)], new BertRules());

    /// <summary>A vocabulary that contains all <see cref="SpecialTokens"/>.</summary>
    /// <param name="tokens">Tokens by id.</param>
    /// <param name="rules">The text normalization.</param>
    public static WordPieceModel Create(IReadOnlyList<string> tokens, BertRules rules)
    {
        var special = Special(tokens);
        int[] ids = [special.Pad!.Value, special.Unknown!.Value, special.Classify!.Value, special.Separator!.Value, special.Mask!.Value];
        return new WordPieceModel(
            new Vocabulary(tokens, ids.Select(id => new AddedToken(id, tokens[id], Special: true)), special), "[UNK]", rules);
    }

    /// <summary>
    /// The tokenizer of this vocabulary. Decoding restores words and spaces as far as the pieces determine them; case, accents
    /// and white space that were removed are lost.
    /// </summary>
    /// <param name="files">Files to save unchanged, or null for only those that are created from the vocabulary.</param>
    public PipelineTokenizer ToTokenizer(TokenizerFiles? files = null)
    {
        IReadOnlyDictionary<string, byte[]> Make() => HuggingFaceWriter.Files(this);

        return new PipelineTokenizer(
            Vocabulary,
            new PipelineTokenizer.Stages(
                new BertNormalization(Rules),
                new BertWords(),
                new WordPieces(Vocabulary, Vocabulary.Id(Unknown)!.Value, Continuing, MaxWordLength),
                Frames.Of(Vocabulary.Special),
                new WordPieceDecoder(Continuing, CleanUp)),
            files?.Or(Make) ?? new TokenizerFiles(Make));
    }

    /// <summary>The ids of <see cref="SpecialTokens"/> in a vocabulary that contains all of them.</summary>
    /// <param name="tokens">Tokens by id.</param>
    public static SpecialTokens Special(IReadOnlyList<string> tokens)
    {
        return new SpecialTokens
        {
            Pad = Id("[PAD]"),
            Unknown = Id("[UNK]"),
            Classify = Id("[CLS]"),
            Separator = Id("[SEP]"),
            Mask = Id("[MASK]")
        };

        int Id(string token) => tokens.Index().First(entry => entry.Item == token).Index;
    }
}

/// <summary>BERT's rules for text.</summary>
/// <param name="Lowercase">Whether to lowercase.</param>
/// <param name="StripAccents">Whether to strip accents.</param>
/// <param name="SplitIdeographs">Whether each Chinese ideograph is a word.</param>
/// <param name="CleanText">Whether to remove control characters and turn all white space into spaces.</param>
internal sealed record BertRules(bool Lowercase = true, bool StripAccents = true, bool SplitIdeographs = true, bool CleanText = true);
