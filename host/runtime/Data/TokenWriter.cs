using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;

namespace Tenon.Host.Data;

/// <summary>
/// Tokenizes documents in parallel and writes the ids in document order. Keeps only a few million characters in memory, regardless
/// of the size of the corpus.
/// </summary>
internal sealed class TokenWriter(ITokenizer tokenizer, int bytesPerId, Action<string> status, CancellationToken stop)
{
    private const int CharactersAtOnce = 4 << 20;
    private const int LongestPiece = 1 << 18;

    private readonly int? _begin = Begin(tokenizer);
    private readonly int? _end = tokenizer.Special.EndOfText ?? tokenizer.Special.Separator;
    private readonly List<Piece> _waiting = [];
    private long _waitingCharacters;

    private readonly record struct Piece(string Text, bool StartsDocument, bool EndsDocument);

    /// <summary>Ids written so far.</summary>
    public long Count { get; private set; }

    /// <summary>
    /// Writes all documents, each preceded by the tokenizer's start token if it adds one to texts, and followed by an
    /// end-of-text token if the vocabulary has one.
    /// </summary>
    public void Write(IExamples<TextExample> texts, Stream stream)
    {
        long lastStatus = Stopwatch.GetTimestamp();
        for (long i = 0; i < texts.Count; i++)
        {
            stop.ThrowIfCancellationRequested();
            string text = texts[i].Text;
            foreach (Range range in Pieces(text))
                _waiting.Add(new Piece(text[range], range.Start.Value == 0, range.End.Equals(new Index(text.Length))));
            _waitingCharacters += text.Length;
            if (_waitingCharacters >= CharactersAtOnce)
                Flush(stream);
            if (Stopwatch.GetElapsedTime(lastStatus) < TimeSpan.FromSeconds(2))
                continue;
            lastStatus = Stopwatch.GetTimestamp();
            status(string.Create(CultureInfo.InvariantCulture, $"tokenizing: {i + 1:N0} of {texts.Count:N0} documents, {Count:N0} tokens"));
        }

        Flush(stream);
    }

    /// <summary>
    /// Cuts very long documents, so that a single book is also tokenized in parallel. Cuts only between a line break that does not
    /// follow white space and a non-space character: pre-tokenizers split there anyway, so byte-level BPE and WordPiece give the
    /// same ids as for the whole text.
    /// </summary>
    internal static IEnumerable<Range> Pieces(string text)
    {
        int start = 0;
        while (text.Length - start > LongestPiece)
        {
            int cut = CutBefore(text, start, start + LongestPiece) ?? CutAfter(text, start + LongestPiece);
            yield return start..cut;
            start = cut;
        }

        if (start < text.Length || text.Length == 0)
            yield return start..text.Length;
    }

    private static int? CutBefore(string text, int start, int end)
    {
        while (end - start > 2)
        {
            int line = text.LastIndexOf('\n', end - 1, end - start);
            if (line < start + 1)
                return null;
            if (IsCut(text, line + 1))
                return line + 1;
            end = line;
        }

        return null;
    }

    private static int CutAfter(string text, int start)
    {
        for (int line = text.IndexOf('\n', start); line >= 0 && line + 1 < text.Length; line = text.IndexOf('\n', line + 1))
        {
            if (IsCut(text, line + 1))
                return line + 1;
        }

        return text.Length;
    }

    private static bool IsCut(string text, int at) =>
        text[at - 1] == '\n' && !char.IsWhiteSpace(text[at]) && !char.IsWhiteSpace(text[at - 2]);

    private void Flush(Stream stream)
    {
        byte[][] encoded = new byte[_waiting.Count][];
        Parallel.For(0, encoded.Length, new ParallelOptions { CancellationToken = stop }, i => encoded[i] = Encode(_waiting[i]));
        foreach (byte[] bytes in encoded)
        {
            stream.Write(bytes);
            Count += bytes.Length / bytesPerId;
        }

        _waiting.Clear();
        _waitingCharacters = 0;
    }

    private byte[] Encode(Piece piece)
    {
        int[] ids =
        [
            .. piece.StartsDocument && _begin is { } begin ? [begin] : ReadOnlySpan<int>.Empty,
            .. tokenizer.Encode(piece.Text),
            .. piece.EndsDocument && _end is { } end ? [end] : ReadOnlySpan<int>.Empty,
        ];
        byte[] bytes = new byte[ids.Length * bytesPerId];
        foreach ((int i, int id) in ids.Index())
            Put(bytes, i, id);
        return bytes;
    }

    // Not [CLS], with which the model frames its blocks; and one token between documents is enough.
    private static int? Begin(ITokenizer tokenizer) =>
        tokenizer.Special.BeginOfText is { } begin && begin != tokenizer.Special.EndOfText && begin != tokenizer.Special.Classify
            && tokenizer.Frame().Before.Contains(begin) ? begin : null;

    private void Put(byte[] bytes, int index, int id)
    {
        if (id < 0 || id >= tokenizer.VocabularySize)
            throw new DataException($"The tokenizer returned the id {id}, but its vocabulary has {tokenizer.VocabularySize} ids, 0 … " +
                $"{tokenizer.VocabularySize - 1}. This is a bug in the tokenizer: use another one, or report it to its author.");
        if (bytesPerId == sizeof(ushort))
            BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(index * sizeof(ushort)), (ushort)id);
        else
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(index * sizeof(int)), id);
    }
}
