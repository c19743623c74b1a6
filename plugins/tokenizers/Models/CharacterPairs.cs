using System.Text;

namespace Tenon.Tokenizers.Models;

/// <summary>
/// Byte-pair encoding over characters, as in SentencePiece (Kudo and Richardson 2018): a character without a token is encoded as
/// its bytes or as the unknown token.
/// </summary>
/// <remarks>
/// Such vocabularies often have no pre-tokenizer, so a piece may be a whole text. It is cut between adjacent characters that no
/// token spans: no merge crosses the cut, and the parts often repeat.
/// </remarks>
internal sealed class CharacterPairs : SubwordModel
{
    private readonly CharacterPairOptions _options;
    private readonly MergeTable _merges;
    private readonly Dictionary<int, int> _characters = [];
    private readonly HashSet<uint> _pairsInTokens = [];
    private readonly int[]? _bytes;

    /// <summary>Prepares the merges.</summary>
    /// <param name="vocabulary">Tokens; bytes are spelled <c>&lt;0x0A&gt;</c>.</param>
    /// <param name="merges">Pairs of tokens, most important first.</param>
    /// <param name="options">The other settings.</param>
    public CharacterPairs(Vocabulary vocabulary, MergeTable merges, CharacterPairOptions options)
    {
        _options = options;
        _merges = merges;
        foreach (var (id, token) in vocabulary.Tokens.Index())
        {
            if (vocabulary.IsOfModel(id) && token.Length > 0
                && Rune.DecodeFromUtf16(token, out var rune, out var length) == System.Buffers.OperationStatus.Done
                && length == token.Length)
                _characters.Add(rune.Value, id);
            for (var i = 1; i < token.Length; i++)
                _pairsInTokens.Add(Pair(token[i - 1], token[i]));
        }

        _bytes = options.ByteFallback ? vocabulary.Bytes : null;
        Vocabulary = vocabulary;
    }

    private Vocabulary Vocabulary { get; }

    protected override void EncodeNew(ReadOnlySpan<char> piece, List<int> ids)
    {
        var start = 0;
        for (var i = 1; i < piece.Length; i++)
        {
            if (_pairsInTokens.Contains(Pair(piece[i - 1], piece[i])) || char.IsLowSurrogate(piece[i])
                || (Joins(piece[i - 1]) && Joins(piece[i])))
                continue;
            // The part is shorter than the piece, so this recursion ends after one step.
            Encode(piece[start..i], ids);
            start = i;
        }

        if (start > 0)
            Encode(piece[start..], ids);
        else
            EncodePart(piece, ids);
    }

    // Consecutive unknown characters are one unknown token, so they stay together.
    private bool Joins(char c) => _options.FuseUnknown && _bytes is null && (char.IsSurrogate(c) || !_characters.ContainsKey(c));

    private void EncodePart(ReadOnlySpan<char> piece, List<int> ids)
    {
        if (_options.IgnoreMerges && Vocabulary.TryFind(piece, out var whole))
        {
            ids.Add(whole);
            return;
        }

        var symbols = new List<int>(piece.Length);
        Span<byte> utf8 = stackalloc byte[4];
        var unknown = false;
        foreach (var rune in piece.EnumerateRunes())
        {
            var known = _characters.TryGetValue(rune.Value, out var id);
            if (known)
            {
                symbols.Add(id);
            }
            else if (_bytes is not null)
            {
                foreach (var value in utf8[..rune.EncodeToUtf8(utf8)])
                    symbols.Add(_bytes[value]);
            }
            else if (_options.Unknown is { } unknownId && !(unknown && _options.FuseUnknown))
            {
                symbols.Add(unknownId);
            }

            unknown = !known && _bytes is null;
        }

        PairMerging.Merge(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(symbols), _merges, ids);
    }

    private static uint Pair(char left, char right) => ((uint)left << 16) | right;
}

/// <summary>Settings of <see cref="CharacterPairs"/>, as in <c>tokenizer.json</c>.</summary>
/// <param name="Unknown">The token of a character without a token, or null to drop the character.</param>
/// <param name="FuseUnknown">Whether consecutive unknown characters are one token.</param>
/// <param name="ByteFallback">Whether such a character is encoded as its bytes, if the vocabulary has all of them.</param>
/// <param name="IgnoreMerges">Whether a piece that is itself a token is encoded as that token, without merging.</param>
internal sealed record CharacterPairOptions(int? Unknown, bool FuseUnknown, bool ByteFallback, bool IgnoreMerges);
