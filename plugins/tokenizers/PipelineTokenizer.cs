using System.Text;
using Tenon.Tokenizers.Chat;
using Tenon.Tokenizers.Decoders;
using Tenon.Tokenizers.Files;
using Tenon.Tokenizers.Models;
using Tenon.Tokenizers.Normalizers;
using Tenon.Tokenizers.PostProcessors;
using Tenon.Tokenizers.PreTokenizers;

namespace Tenon.Tokenizers;

/// <summary>
/// A tokenizer with the stages of Hugging Face's tokenizers library: added tokens, normalizer, pre-tokenizer, model, and decoder.
/// Lone surrogates, which are not characters, become U+FFFD.
/// </summary>
internal sealed class PipelineTokenizer : ITokenizer
{
    private readonly Stages _stages;
    private readonly TokenizerFiles _files;
    private readonly Matchers _all;
    private readonly Matchers _nonSpecial;
    private readonly Lazy<ChatTemplate?> _chatTemplate;

    /// <summary>Connects the stages.</summary>
    /// <param name="vocabulary">All tokens.</param>
    /// <param name="stages">The stages.</param>
    /// <param name="files">The files that <see cref="Save"/> writes.</param>
    public PipelineTokenizer(Vocabulary vocabulary, Stages stages, TokenizerFiles files)
    {
        (Vocabulary, _stages, _files) = (vocabulary, stages, files);
        _all = new Matchers(vocabulary.Added, stages.Normalizer);
        _nonSpecial = new Matchers([.. vocabulary.Added.Where(token => !token.Special)], stages.Normalizer);
        _chatTemplate = new Lazy<ChatTemplate?>(() => ChatTemplateFiles.Find(this, files));
    }

    /// <summary>All tokens.</summary>
    public Vocabulary Vocabulary { get; }

    public int VocabularySize => Vocabulary.Count;

    public SpecialTokens Special => Vocabulary.Special;

    public string Fingerprint => _files.Fingerprint(Special);

    public IChatTemplate? ChatTemplate => _chatTemplate.Value;

    public ITokenizer WithChatTemplate(string source)
    {
        ArgumentNullException.ThrowIfNull(source);
        var changed = new PipelineTokenizer(Vocabulary, _stages, ChatTemplateFiles.With(_files, source));
        changed._chatTemplate.Value!.Checked();
        return changed;
    }

    public TokenFrame Frame(bool pair = false) => _stages.Frames.Get(pair);

    public IReadOnlyList<int> Encode(string text, bool recognizeSpecial = false)
    {
        ArgumentNullException.ThrowIfNull(text);
        var clean = WellFormed(text);
        var matchers = recognizeSpecial ? _all : _nonSpecial;
        var ids = new List<int>(text.Length / 3 + 1);
        var pieces = new List<Piece>();
        foreach (var part in matchers.Raw.Split(clean))
        {
            if (part.Token is { } token)
                ids.Add(token.Id);
            else
                EncodePlain(part.End - part.Start == clean.Length ? clean : clean[part.Start..part.End], first: part.Start == 0,
                    matchers, pieces, ids);
        }

        return ids;
    }

    public string Decode(IEnumerable<int> ids, bool keepSpecial = false)
    {
        ArgumentNullException.ThrowIfNull(ids);
        var text = new StringBuilder();
        var decoding = _stages.Decoder.Begin(piece => text.Append(piece));
        foreach (var id in ids)
            Decode(id, keepSpecial, decoding);
        decoding.Flush();
        return text.ToString();
    }

    public string TokenText(int id) => Vocabulary.Text(id);

    public int? TokenId(string tokenText) => Vocabulary.Id(tokenText);

    public byte[]? TokenBytes(int id, bool isFirst)
    {
        var added = Vocabulary.AddedAt(Vocabulary.Checked(id));
        return added is { Special: true }
            ? [] : _stages.Decoder.Bytes(Encoding.UTF8.GetBytes(Vocabulary.Text(id)), added is not null, isFirst);
    }

    public IStreamingDecoder StreamingDecoder() =>
        new StreamingDecoder(_stages.Decoder, (id, decoding) => Decode(id, keepSpecial: false, decoding));

    public void Save(string folder) => _files.Save(folder);

    private void EncodePlain(string plain, bool first, Matchers matchers, List<Piece> pieces, List<int> ids)
    {
        var text = _stages.Normalizer?.Normalize(plain) ?? plain;
        foreach (var part in matchers.Normalized.Split(text))
        {
            if (part.Token is { } token)
            {
                ids.Add(token.Id);
                continue;
            }

            var piece = new Piece(text, part.Start, part.End - part.Start, first && part.Start == 0);
            if (_stages.PreTokenizer is null)
            {
                _stages.Model.Encode(piece.Span, ids);
                continue;
            }

            pieces.Clear();
            _stages.PreTokenizer.Split(piece, pieces);
            foreach (var word in pieces)
                _stages.Model.Encode(word.Span, ids);
        }
    }

    private void Decode(int id, bool keepSpecial, Decoding decoding)
    {
        var added = Vocabulary.AddedAt(Vocabulary.Checked(id));
        if (keepSpecial || added is not { Special: true })
            decoding.Add(Vocabulary.Text(id), added is not null);
    }

    private static string WellFormed(string text) =>
        text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF') ? Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)) : text;

    /// <summary>The stages of a tokenizer.</summary>
    /// <param name="Normalizer">Changes a text before it is split, or null.</param>
    /// <param name="PreTokenizer">Splits it, or null.</param>
    /// <param name="Model">Encodes the pieces.</param>
    /// <param name="Frames">The tokens around a text and a pair.</param>
    /// <param name="Decoder">Turns tokens back into text.</param>
    internal sealed record Stages(
        Normalizer? Normalizer, PreTokenizer? PreTokenizer, SubwordModel Model, Frames Frames, Decoders.Decoder Decoder);

    // Added tokens that are matched before and after normalization.
    private sealed class Matchers(IReadOnlyList<AddedToken> tokens, Normalizer? normalizer)
    {
        public AddedTokens Raw { get; } = new(tokens.Where(token => !token.Normalized).Select(token => (token.Content, token)));

        public AddedTokens Normalized { get; } = new(tokens.Where(token => token.Normalized)
            .Select(token => (normalizer?.Normalize(token.Content) ?? token.Content, token)).Where(token => token.Item1.Length > 0));
    }
}
