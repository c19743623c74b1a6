
namespace Tenon.Tokenizers.Models;

/// <summary>
/// The unigram language model (Kudo 2018): the segmentation of a piece with the highest sum of log probabilities, by the Viterbi
/// algorithm.
/// </summary>
internal sealed class Unigram : SubwordModel
{
    // What SentencePiece subtracts from the lowest score for a character without a token.
    private const double UnknownPenalty = 10;

    private readonly double[] _scores;
    private readonly int _unknown;
    private readonly double _unknownScore;
    private readonly int[]? _bytes;

    // A trie: from a node and a character to the next node, and the token that ends at each node or −1.
    private readonly Dictionary<long, int> _next = [];
    private readonly List<int> _tokenAt = [-1];

    /// <summary>Builds the trie.</summary>
    /// <param name="vocabulary">All tokens; bytes are spelled <c>&lt;0x0A&gt;</c>.</param>
    /// <param name="scores">Log probabilities by id; ids beyond are added tokens.</param>
    /// <param name="unknown">The token of characters without a token.</param>
    /// <param name="byteFallback">Whether such characters become bytes, where the vocabulary has all of them.</param>
    /// <param name="usable">Whether the model may choose a token; SentencePiece's control tokens are not for it.</param>
    public Unigram(Vocabulary vocabulary, double[] scores, int unknown, bool byteFallback, Func<int, bool>? usable = null)
    {
        (_scores, _unknown) = (scores, unknown);
        _unknownScore = scores.Min() - UnknownPenalty;
        for (var id = 0; id < scores.Length; id++)
        {
            if (usable?.Invoke(id) ?? true)
                Add(vocabulary.Tokens[id], id);
        }

        int?[] bytes = [.. Enumerable.Range(0, 256).Select(value => vocabulary.Id($"<0x{value:X2}>"))];
        _bytes = byteFallback && bytes.All(id => id is not null) ? [.. bytes.Select(id => id!.Value)] : null;
    }

    protected override void EncodeNew(ReadOnlySpan<char> piece, List<int> ids)
    {
        // The best path to each position: its score, where its last token starts, and that token.
        var best = new (double Score, int Start, int Id)[piece.Length + 1];
        Array.Fill(best, (double.NegativeInfinity, -1, -1));
        best[0] = (0, 0, -1);
        for (int start = 0, width; start < piece.Length; start += width)
        {
            width = char.IsHighSurrogate(piece[start]) && start + 1 < piece.Length ? 2 : 1;
            var score = best[start].Score;
            var single = false;
            var node = 0;
            for (var end = start; end < piece.Length && _next.TryGetValue(Edge(node, piece[end]), out node); end++)
            {
                if (_tokenAt[node] is not (>= 0 and var id))
                    continue;
                Improve(end + 1, score + _scores[id], start, id);
                single |= end + 1 == start + width;
            }

            if (!single)
                Improve(start + width, score + _unknownScore, start, _unknown);
        }

        AppendPath(piece, best, ids);

        void Improve(int end, double score, int start, int id)
        {
            if (score > best[end].Score)
                best[end] = (score, start, id);
        }
    }

    private void AppendPath(ReadOnlySpan<char> piece, (double Score, int Start, int Id)[] best, List<int> ids)
    {
        var path = new List<(int Start, int End, int Id)>();
        for (var end = piece.Length; end > 0; end = best[end].Start)
            path.Add((best[end].Start, end, best[end].Id));
        path.Reverse();
        Span<byte> utf8 = stackalloc byte[4];
        foreach (var (index, (start, end, id)) in path.Index())
        {
            if (id != _unknown)
            {
                ids.Add(id);
            }
            else if (_bytes is not null)
            {
                foreach (var rune in piece[start..end].EnumerateRunes())
                {
                    foreach (var value in utf8[..rune.EncodeToUtf8(utf8)])
                        ids.Add(_bytes[value]);
                }
            }
            else if (index == 0 || path[index - 1].Id != _unknown)
            {
                // Unknown characters in a row are one token.
                ids.Add(id);
            }
        }
    }

    private void Add(string token, int id)
    {
        var node = 0;
        foreach (var c in token)
        {
            if (!_next.TryGetValue(Edge(node, c), out var child))
            {
                child = _tokenAt.Count;
                _tokenAt.Add(-1);
                _next.Add(Edge(node, c), child);
            }

            node = child;
        }

        if (node > 0)
            _tokenAt[node] = id;
    }

    private static long Edge(int node, char c) => ((long)node << 16) | c;
}
