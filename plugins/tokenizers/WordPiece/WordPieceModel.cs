using System.Text.Json.Nodes;

namespace Tenon.Tokenizers.WordPiece;

/// <summary>A WordPiece vocabulary and BERT's rules around it, as they stand in files (Devlin et al. 2019).</summary>
/// <param name="Vocabulary">All tokens; those that continue a word start with <paramref name="Prefix"/>.</param>
/// <param name="Unknown">The token for words that the vocabulary cannot spell.</param>
/// <param name="Rules">How text is put in order first.</param>
/// <param name="Prefix">Marks a token that continues a word.</param>
/// <param name="MaximumWordLength">Longer words, in characters, are unknown.</param>
/// <param name="CleanUp">Whether decoding puts no space before full stops, commas and the like.</param>
/// <param name="PostProcessor">What <c>tokenizer.json</c> says of tokens put around a text: kept as it is, since models here add their own.</param>
internal sealed record WordPieceModel(
    Vocabulary Vocabulary,
    string Unknown,
    BertRules Rules,
    string Prefix = "##",
    int MaximumWordLength = 100,
    bool CleanUp = true,
    JsonNode? PostProcessor = null);

/// <summary>BERT's rules for text.</summary>
/// <param name="Lowercase">Whether letters are made small.</param>
/// <param name="StripAccents">Whether accents are taken off.</param>
/// <param name="SplitIdeographs">Whether each Chinese ideograph is a word.</param>
internal sealed record BertRules(bool Lowercase = true, bool StripAccents = true, bool SplitIdeographs = true);
