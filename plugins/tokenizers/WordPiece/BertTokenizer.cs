using System.Text;
using Microsoft.ML.Tokenizers;
using Tenon.Tokenizers.Files;
using Tenon.Tokenizers.PostProcessors;

namespace Tenon.Tokenizers.WordPiece;

/// <summary>
/// Tokenizes as BERT does. Decoding restores words and spaces as far as the pieces determine them: removed case, accents and
/// white space are lost.
/// </summary>
internal sealed class BertTokenizer : ITokenizer
{
    // The Hugging Face decoder puts no space before these.
    private static readonly HashSet<string> Attached = [".", "?", "!", ",", "n't", "'m", "'s", "'ve", "'re"];
    private readonly TextSplitter splitter;
    private readonly WordPieceTokenizer pieces;
    private readonly Lazy<string> fingerprint;

    public BertTokenizer(WordPieceModel model)
    {
        Model = model;
        splitter = new TextSplitter(model.Vocabulary.Added);
        fingerprint = new Lazy<string>(() => HuggingFaceWriter.Fingerprint(model));
        using var lines = new MemoryStream(Encoding.UTF8.GetBytes(string.Join('\n', model.Vocabulary.Tokens)));
        pieces = WordPieceTokenizer.Create(lines, new WordPieceOptions
        {
            UnknownToken = model.Unknown,
            ContinuingSubwordPrefix = model.Prefix,
            MaxInputCharsPerWord = model.MaximumWordLength,
            Normalizer = new BertNormalization(model.Rules),
            PreTokenizer = new BertWords(),
        });
    }

    public WordPieceModel Model { get; }

    public int VocabularySize => Model.Vocabulary.Count;

    public SpecialTokens Special => Model.Vocabulary.Special;

    public string Fingerprint => fingerprint.Value;

    public TokenFrame Frame(bool pair = false) => (Model.Frames ?? Frames.Of(Special)).Get(pair);

    public IReadOnlyList<int> Encode(string text, bool recogniseSpecial = false)
    {
        ArgumentNullException.ThrowIfNull(text);
        var ids = new List<int>();
        foreach (var (piece, token) in splitter.Split(text, recogniseSpecial))
        {
            if (token is not null)
                ids.Add(token.Id);
            else
                ids.AddRange(pieces.EncodeToIds(piece));
        }

        return ids;
    }

    public string Decode(IEnumerable<int> ids, bool keepSpecial = false)
    {
        ArgumentNullException.ThrowIfNull(ids);
        var text = new StringBuilder();
        foreach (var id in ids)
            text.Append(Spell(id, keepSpecial, first: text.Length == 0));
        return text.ToString();
    }

    public string TokenText(int id) => Model.Vocabulary.Text(id);

    public int? TokenId(string tokenText) => Model.Vocabulary.Id(tokenText);

    public IStreamingDecoder StreamingDecoder() => new Streaming(this);

    public void Save(string folder) => HuggingFaceWriter.Save(folder, Model);

    private string Spell(int id, bool keepSpecial, bool first)
    {
        var token = TokenText(id);
        if (!keepSpecial && Model.Vocabulary.AddedAt(id) is { Special: true })
            return "";
        if (!first && token.StartsWith(Model.Prefix, StringComparison.Ordinal))
            return token[Model.Prefix.Length..];
        return first || (Model.CleanUp && Attached.Contains(token)) ? token : " " + token;
    }

    private sealed class Streaming(BertTokenizer tokenizer) : IStreamingDecoder
    {
        private bool started;

        public string Add(int id)
        {
            var text = tokenizer.Spell(id, keepSpecial: false, first: !started);
            started |= text.Length > 0;
            return text;
        }

        // A word piece is always complete.
        public string Flush() => "";
    }
}
