using System.Text;
using System.Text.RegularExpressions;
using Tenon.Tokenizers.Decoders;
using Tenon.Tokenizers.Files;
using Tenon.Tokenizers.Models;
using Tenon.Tokenizers.PreTokenizers;

namespace Tenon.Tokenizers.SentencePiece;

/// <summary>
/// Marian's tokenizer: a SentencePiece model for source texts and one for target texts, which split a text into pieces, and one
/// list of ids for both. A language code such as <c>&gt;&gt;fra&lt;&lt;</c> at the start of a source text is a token.
/// </summary>
internal sealed partial class MarianTokenizer : ITokenizer
{
    private readonly Vocabulary _vocabulary;
    private readonly TokenizerFiles _files;
    private readonly Side _side;
    private readonly AddedTokens _special;
    private readonly Decoders.Decoder _decoder =
        new DecoderSequence([new MapDecoder(token => token.Replace('▁', ' ')), new LeadingStripDecoder(' ', 1)]);

    private MarianTokenizer(Vocabulary vocabulary, TokenizerFiles files, Side source, Side? target)
    {
        (_vocabulary, _files, _side) = (vocabulary, files, source);
        _special = new AddedTokens(vocabulary.Added.Select(token => (token.Content, token)));
        Target = target is null ? this : new MarianTokenizer(vocabulary, files, target, null);
    }

    /// <inheritdoc/>
    public int VocabularySize => _vocabulary.Count;

    /// <inheritdoc/>
    public SpecialTokens Special => _vocabulary.Special;

    /// <inheritdoc/>
    public string Fingerprint => $"{_files.Fingerprint(Special)}-{_side.Name}";

    /// <summary>Encodes target texts with the target's model.</summary>
    public ITokenizer Target { get; }

    /// <summary>Opens a folder with <c>source.spm</c>, <c>target.spm</c> and <c>vocab.json</c>.</summary>
    /// <exception cref="DataException">A file is missing, malformed or of an unsupported kind.</exception>
    public static MarianTokenizer Open(string folder, TokenizerFiles files)
    {
        if (files.Json(folder, SpecialTokenNames.ConfigFile) is { } config && config.Flag("separate_vocabs", missing: false))
            throw config.Required("separate_vocabs").Error("is true; supported: folders with one vocabulary for both languages");
        var list = files.Json(folder, HuggingFaceReader.VocabularyFile) ?? throw Missing(HuggingFaceReader.VocabularyFile);
        var tokens = HuggingFaceReader.InOrder(list.File, list.Children().Select(entry => (entry.Name, entry.Section.AsId())));
        var vocabulary = SpecialTokenNames.Complete(folder, files, tokens, []);
        var unknown = vocabulary.Special.Unknown ?? throw list.Error("has no <unk>");
        if (vocabulary.Special.EndOfText is null)
            throw list.Error("has no </s>");
        return new MarianTokenizer(vocabulary, files, Open(HuggingFaceReader.SourceFile), Open(HuggingFaceReader.TargetFile));

        Side Open(string name) =>
            new(name, ModelFile.Read(Path.Combine(folder, name), files.Find(name) ?? throw Missing(name)), vocabulary, unknown);

        DataException Missing(string name) =>
            new($"{Path.Combine(folder, name)} does not exist. Marian's tokenizer needs source.spm, target.spm and vocab.json.");
    }

    /// <summary><c>$A &lt;/s&gt;</c>; the texts of a pair are joined without a token between them.</summary>
    /// <inheritdoc/>
    public TokenFrame Frame(bool pair = false) => new([], [], [Special.EndOfText!.Value]) { SecondType = 0 };

    /// <inheritdoc/>
    public IReadOnlyList<int> Encode(string text, bool recognizeSpecial = false)
    {
        ArgumentNullException.ThrowIfNull(text);
        var clean = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
        var ids = new List<int>();
        if (LanguageCode().Match(clean) is { Success: true } code)
        {
            ids.Add(_vocabulary.Id(code.Value) ?? Special.Unknown!.Value);
            clean = LanguageCode().Replace(clean, "");
        }

        foreach (var part in recognizeSpecial ? _special.Split(clean) : [new TextPart(0, clean.Length, null)])
        {
            if (part.Token is { } token)
                ids.Add(token.Id);
            else
                _side.Encode(clean[part.Start..part.End], ids);
        }

        return ids;
    }

    /// <inheritdoc/>
    public string Decode(IEnumerable<int> ids, bool keepSpecial = false)
    {
        ArgumentNullException.ThrowIfNull(ids);
        var text = new StringBuilder();
        var decoding = _decoder.Begin(piece => text.Append(piece));
        foreach (var id in ids)
            Decode(id, keepSpecial, decoding);
        return text.ToString();
    }

    /// <inheritdoc/>
    public string TokenText(int id) => _vocabulary.Text(id);

    /// <inheritdoc/>
    public int? TokenId(string tokenText) => _vocabulary.Id(tokenText);

    /// <inheritdoc/>
    public byte[]? TokenBytes(int id, bool isFirst) => _vocabulary.AddedAt(_vocabulary.Checked(id)) is null
        ? _decoder.Bytes(Encoding.UTF8.GetBytes(_vocabulary.Text(id)), added: false, isFirst) : [];

    /// <inheritdoc/>
    public IStreamingDecoder StreamingDecoder() =>
        new StreamingDecoder(_decoder, (id, decoding) => Decode(id, keepSpecial: false, decoding));

    /// <inheritdoc/>
    public void Save(string folder) => _files.Save(folder);

    private void Decode(int id, bool keepSpecial, Decoding decoding)
    {
        var added = _vocabulary.AddedAt(_vocabulary.Checked(id));
        if (keepSpecial || added is null)
            decoding.Add(_vocabulary.Text(id), added is not null);
    }

    [GeneratedRegex("^>>.+<<", RegexOptions.CultureInvariant)]
    private static partial Regex LanguageCode();

    // One language: its model, whose pieces are looked up in the common list.
    private sealed class Side
    {
        private readonly SentencePieceNormalizer _normalizer;
        private readonly Metaspace? _words;
        private readonly ListedPieces _pieces;

        public Side(string name, ModelFile model, Vocabulary list, int unknown)
        {
            if (model.IsPairs)
                throw new DataException($"{name} is a BPE model; supported next to vocab.json: unigram models.");
            Name = name;
            _normalizer = new SentencePieceNormalizer(model);
            // One word at a time, unless a piece spans words.
            _words = model.Pieces.Any(piece => piece.Text.IndexOf('▁') is var at && piece.Text.LastIndexOf('▁') > Math.Max(0, at))
                ? null
                : new Metaspace('▁', PrependScheme.Never, split: true);
            _pieces = new ListedPieces(model, list, unknown);
        }

        public string Name { get; }

        public void Encode(string text, List<int> ids)
        {
            var normal = _normalizer.Normalize(text);
            if (normal.Length == 0)
                return;
            var words = new List<Piece>();
            var whole = new Piece(normal, 0, normal.Length, First: true);
            if (_words is null)
                words.Add(whole);
            else
                _words.Split(whole, words);
            foreach (var word in words)
                _pieces.Encode(word.Span, ids);
        }
    }

    // The list has the pieces of both languages, so it may contain characters that the model does not know.
    private sealed class ListedPieces(ModelFile model, Vocabulary list, int unknown) : SubwordModel
    {
        private readonly Unigram _model = Unigram.Of(model);

        protected override void EncodeNew(ReadOnlySpan<char> piece, List<int> ids)
        {
            foreach (var (start, end, _) in _model.Segment(piece))
                ids.Add(list.Lookup.TryGetValue(piece[start..end], out var id) ? id : unknown);
        }
    }
}
