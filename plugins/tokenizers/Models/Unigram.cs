using Tenon.Tokenizers.SentencePiece;

namespace Tenon.Tokenizers.Models;

/// <summary>
/// The unigram language model (Kudo 2018): the segmentation of a piece with the highest sum of log probabilities, by the Viterbi
/// algorithm.
/// </summary>
internal sealed class Unigram : SubwordModel
{
    // SentencePiece subtracts this from the lowest score for a character without a token.
    private const double UnknownPenalty = 10;

    private readonly double[] _scores;
    private readonly int _unknown;
    private readonly double _unknownScore;
    private readonly int[]? _bytes;

    // A trie: maps a node and a character to the next node; the token that ends at each node, or −1.
    private readonly Dictionary<long, int> _next = [];
    private readonly List<int> _tokenAt = [-1];

    /// <summary>Builds the trie.</summary>
    /// <param name="tokens">Tokens by id; empty for tokens that must not be found in text.</param>
    /// <param name="scores">Log probabilities by id.</param>
    /// <param name="unknown">The token of characters without a token.</param>
    /// <param name="bytes">The tokens that such characters become instead, by byte, or null.</param>
    public Unigram(IReadOnlyList<string> tokens, double[] scores, int unknown, int[]? bytes)
    {
        (_scores, _unknown, _bytes) = (scores, unknown, bytes);
        _unknownScore = scores.Min() - UnknownPenalty;
        for (var id = 0; id < scores.Length; id++)
            Add(tokens[id], id);
    }

    /// <summary>The model of a SentencePiece file; its unknown token is never found in text.</summary>
    public static Unigram Of(ModelFile model)
    {
        var unknown = Math.Max(0, model.Pieces.FindIndex(piece => piece.Type == PieceType.Unknown));
        return new Unigram(
            [.. model.Pieces.Select(piece => piece.Type is PieceType.Normal or PieceType.UserDefined ? piece.Text : "")],
            [.. model.Pieces.Select(piece => (double)piece.Score)], unknown, bytes: null);
    }

    /// <summary>The tokens of the best segmentation in order; consecutive unknown characters are one token.</summary>
    public List<(int Start, int End, int Id)> Segment(ReadOnlySpan<char> piece)
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

        var path = new List<(int Start, int End, int Id)>();
        for (var end = piece.Length; end > 0; end = best[end].Start)
        {
            var (_, start, id) = best[end];
            if (id == _unknown && path.Count > 0 && path[^1].Id == _unknown)
                path[^1] = (start, path[^1].End, id);
            else
                path.Add((start, end, id));
        }

        path.Reverse();
        return path;

        void Improve(int end, double score, int start, int id)
        {
            if (score > best[end].Score)
                best[end] = (score, start, id);
        }
    }

    protected override void EncodeNew(ReadOnlySpan<char> piece, List<int> ids)
    {
        Span<byte> utf8 = stackalloc byte[4];
        foreach (var (start, end, id) in Segment(piece))
        {
            if (id != _unknown || _bytes is null)
            {
                ids.Add(id);
                continue;
            }

            foreach (var rune in piece[start..end].EnumerateRunes())
            {
                foreach (var value in utf8[..rune.EncodeToUtf8(utf8)])
                    ids.Add(_bytes[value]);
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
