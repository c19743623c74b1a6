using System.Buffers;
using System.Text;
using Tenon.Tokenizers.BytePair;

namespace Tenon.Tokenizers.Models;

/// <summary>Byte-level byte-pair encoding (Radford et al. 2019): the symbols are the bytes of the UTF-8 text.</summary>
internal sealed class ByteLevelPairs : SubwordModel
{
    private readonly int[] _ids = new int[256];
    private readonly MergeTable _merges;
    private readonly Vocabulary? _wholeTokens;

    /// <summary>Prepares the merges.</summary>
    /// <param name="vocabulary">Tokens spelled in <see cref="ByteAlphabet"/>.</param>
    /// <param name="merges">Pairs of tokens, most important first.</param>
    /// <param name="ignoreMerges">Whether a piece that is itself a token is encoded as that token, without merging.</param>
    public ByteLevelPairs(Vocabulary vocabulary, MergeTable merges, bool ignoreMerges)
    {
        for (var value = 0; value < 256; value++)
            _ids[value] = vocabulary.Id(ByteAlphabet.Spell((byte)value).ToString())!.Value;
        _merges = merges;
        _wholeTokens = ignoreMerges ? vocabulary : null;
    }

    protected override void EncodeNew(ReadOnlySpan<char> piece, List<int> ids)
    {
        var size = Encoding.UTF8.GetMaxByteCount(piece.Length);
        byte[]? rentedBytes = null;
        int[]? rentedSymbols = null;
        var bytes = size <= 512 ? stackalloc byte[size] : rentedBytes = ArrayPool<byte>.Shared.Rent(size);
        bytes = bytes[..Encoding.UTF8.GetBytes(piece, bytes)];
        if (_wholeTokens is { } tokens && WholeToken(bytes, tokens) is { } id)
        {
            ids.Add(id);
        }
        else
        {
            var symbols = bytes.Length <= 512
                ? stackalloc int[bytes.Length]
                : (rentedSymbols = ArrayPool<int>.Shared.Rent(bytes.Length)).AsSpan(0, bytes.Length);
            for (var i = 0; i < bytes.Length; i++)
                symbols[i] = _ids[bytes[i]];
            PairMerging.Merge(symbols, _merges, ids);
        }

        if (rentedBytes is not null)
            ArrayPool<byte>.Shared.Return(rentedBytes);
        if (rentedSymbols is not null)
            ArrayPool<int>.Shared.Return(rentedSymbols);
    }

    private static int? WholeToken(ReadOnlySpan<byte> bytes, Vocabulary tokens)
    {
        // Longer than any token of a real vocabulary.
        if (bytes.Length > 512)
            return null;
        Span<char> spelling = stackalloc char[bytes.Length];
        for (var i = 0; i < bytes.Length; i++)
            spelling[i] = ByteAlphabet.Spell(bytes[i]);
        return tokens.TryFind(spelling, out var id) ? id : null;
    }
}
