using System.Buffers;
using System.Text;
using Microsoft.ML.Tokenizers;
using Tenon.Tokenizers.Files;
using Tenon.Tokenizers.PostProcessors;

namespace Tenon.Tokenizers.BytePair;

/// <summary>
/// Tokenizes with a byte-level byte-pair vocabulary, which can spell every text: decoding restores the encoded text. Only
/// lone surrogates, which are not characters, become U+FFFD.
/// </summary>
internal sealed class ByteLevelTokenizer : ITokenizer
{
    private readonly TextSplitter splitter;
    private readonly BpeTokenizer? merging;
    private readonly int[] idOfByte = new int[256];
    private readonly byte[][] bytesOfId;
    private readonly Lazy<string> fingerprint;

    public ByteLevelTokenizer(BytePairModel model)
    {
        Model = model;
        splitter = new TextSplitter(model.Vocabulary.Added);
        for (var value = 0; value < 256; value++)
            idOfByte[value] = model.Vocabulary.Id(ByteAlphabet.Spell((byte)value).ToString())!.Value;
        bytesOfId = [.. model.Vocabulary.Tokens.Select((text, id) =>
            model.Vocabulary.AddedAt(id) is null && ByteAlphabet.Bytes(text) is { } bytes ? bytes : Encoding.UTF8.GetBytes(text))];
        fingerprint = new Lazy<string>(() => HuggingFaceWriter.Fingerprint(model));
        if (model.Merges.Count > 0)
        {
            merging = BpeTokenizer.Create(new BpeOptions(model.Vocabulary.Tokens.Select((text, id) => KeyValuePair.Create(text, id)))
            {
                Merges = model.Merges.Select(merge => $"{merge.Left} {merge.Right}"),
                ByteLevel = true,
                PreTokenizer = Gpt2PreTokenizer.Instance,
            });
        }
    }

    public BytePairModel Model { get; }

    public int VocabularySize => Model.Vocabulary.Count;

    public SpecialTokens Special => Model.Vocabulary.Special;

    public string Fingerprint => fingerprint.Value;

    public TokenFrame Frame(bool pair = false) => (Model.Frames ?? Frames.None).Get(pair);

    public IReadOnlyList<int> Encode(string text, bool recogniseSpecial = false)
    {
        ArgumentNullException.ThrowIfNull(text);
        var ids = new List<int>(text.Length / 3 + 1);
        foreach (var (piece, token) in splitter.Split(text, recogniseSpecial))
        {
            if (token is not null)
                ids.Add(token.Id);
            else
                EncodePiece(Model.AddPrefixSpace && piece[0] != ' ' ? " " + piece : piece, ids);
        }

        return ids;
    }

    public string Decode(IEnumerable<int> ids, bool keepSpecial = false)
    {
        ArgumentNullException.ThrowIfNull(ids);
        var bytes = new ArrayBufferWriter<byte>();
        foreach (var id in ids)
            bytes.Write(Bytes(id, keepSpecial));
        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }

    public string TokenText(int id) => Model.Vocabulary.Text(id);

    public int? TokenId(string tokenText) => Model.Vocabulary.Id(tokenText);

    public IStreamingDecoder StreamingDecoder() => new Streaming(this);

    public void Save(string folder) => HuggingFaceWriter.Save(folder, Model);

    private void EncodePiece(string piece, List<int> ids)
    {
        // Also turns lone surrogates into U+FFFD, for both branches below.
        var bytes = Encoding.UTF8.GetBytes(piece);
        if (merging is null)
        {
            foreach (var value in bytes)
                ids.Add(idOfByte[value]);
            return;
        }

        ids.AddRange(merging.EncodeToIds(Encoding.UTF8.GetString(bytes), considerNormalization: false));
    }

    private ReadOnlySpan<byte> Bytes(int id, bool keepSpecial) =>
        !keepSpecial && Model.Vocabulary.AddedAt(Model.Vocabulary.Checked(id)) is { Special: true } ? [] : bytesOfId[id];

    private sealed class Streaming(ByteLevelTokenizer tokenizer) : IStreamingDecoder
    {
        // Keeps the first bytes of a character until the rest arrives.
        private readonly Decoder utf8 = Encoding.UTF8.GetDecoder();

        public string Add(int id) => Convert(tokenizer.Bytes(id, keepSpecial: false), flush: false);

        public string Flush() => Convert([], flush: true);

        private string Convert(ReadOnlySpan<byte> bytes, bool flush)
        {
            var chars = new char[utf8.GetCharCount(bytes, flush)];
            return new string(chars, 0, utf8.GetChars(bytes, chars, flush));
        }
    }
}
