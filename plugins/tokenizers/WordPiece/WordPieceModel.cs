using System.Text.Json.Nodes;
using Tenon.Tokenizers.PostProcessors;

namespace Tenon.Tokenizers.WordPiece;

/// <summary>A WordPiece vocabulary and BERT's rules, as stored in files (Devlin et al. 2019).</summary>
/// <param name="Vocabulary">All tokens; tokens that continue a word start with <paramref name="Prefix"/>.</param>
/// <param name="Unknown">The token for words that the vocabulary cannot spell.</param>
/// <param name="Rules">The text normalization.</param>
/// <param name="Prefix">Marks a token that continues a word.</param>
/// <param name="MaximumWordLength">Words with more characters are unknown.</param>
/// <param name="CleanUp">Whether decoding omits the space before periods, commas and the like.</param>
/// <param name="PostProcessor">The post-processor of <c>tokenizer.json</c>, for saving.</param>
/// <param name="Frames">The tokens that it adds; null: the vocabulary's own.</param>
internal sealed record WordPieceModel(
    Vocabulary Vocabulary,
    string Unknown,
    BertRules Rules,
    string Prefix = WordPieceModel.Continuing,
    int MaximumWordLength = WordPieceModel.LongestWord,
    bool CleanUp = true,
    JsonNode? PostProcessor = null,
    Frames? Frames = null)
{
    /// <summary>Marks a token that continues a word, in BERT's own vocabularies.</summary>
    public const string Continuing = "##";

    /// <summary>Length of the longest word that BERT tokenizes, in characters.</summary>
    public const int LongestWord = 100;

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
        return new WordPieceModel(new Vocabulary(tokens, ids.Select(id => new AddedToken(id, tokens[id], Special: true)), special), "[UNK]", rules);
    }

    /// <summary>The ids of <see cref="SpecialTokens"/> in a vocabulary that contains all of them.</summary>
    /// <param name="tokens">Tokens by id.</param>
    public static SpecialTokens Special(IReadOnlyList<string> tokens)
    {
        return new SpecialTokens { Pad = Id("[PAD]"), Unknown = Id("[UNK]"), Classify = Id("[CLS]"), Separator = Id("[SEP]"), Mask = Id("[MASK]") };

        int Id(string token) => tokens.Index().First(entry => entry.Item == token).Index;
    }
}

/// <summary>BERT's rules for text.</summary>
/// <param name="Lowercase">Whether to lowercase.</param>
/// <param name="StripAccents">Whether to strip accents.</param>
/// <param name="SplitIdeographs">Whether each Chinese ideograph is a word.</param>
internal sealed record BertRules(bool Lowercase = true, bool StripAccents = true, bool SplitIdeographs = true);
