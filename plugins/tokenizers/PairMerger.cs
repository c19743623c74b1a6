using System.Runtime.InteropServices;

namespace Tenon.Tokenizers;

/// <summary>
/// Repeatedly merges the most frequent pair of adjacent tokens within words into a token (Sennrich et al. 2016, algorithm 1).
/// Use each instance only once.
/// </summary>
/// <remarks>
/// The result depends only on words and counts: the pair with the smallest ids is merged first among equally frequent ones. A
/// distinct word is revisited only when one of its pairs is merged.
/// </remarks>
internal sealed class PairMerger
{
    private readonly List<string> _tokens;
    private readonly Func<string, string, string> _join;
    private readonly List<(int[] Symbols, int Length, long Count)> _words = [];
    private readonly Dictionary<long, long> _counts = [];
    private readonly Dictionary<long, List<int>> _places = [];
    private readonly PriorityQueue<long, (long Count, long Pair)> _queue = new(Comparer<(long Count, long Pair)>.Create(
        (a, b) => a.Count != b.Count ? b.Count.CompareTo(a.Count) : a.Pair.CompareTo(b.Pair)));

    /// <summary>Starts with an alphabet.</summary>
    /// <param name="alphabet">Tokens by id; merged tokens are appended.</param>
    /// <param name="join">The spelling of a pair.</param>
    public PairMerger(IEnumerable<string> alphabet, Func<string, string, string> join)
    {
        _tokens = [.. alphabet];
        _join = join;
    }

    /// <summary>All tokens by id: the alphabet, then merged tokens.</summary>
    public IReadOnlyList<string> Tokens => _tokens;

    /// <summary>Adds a word. Must be called before <see cref="Merge"/>.</summary>
    /// <param name="symbols">Ids of the alphabet; overwritten when they are merged.</param>
    /// <param name="count">Number of occurrences of the word in the texts.</param>
    public void Add(int[] symbols, long count)
    {
        _words.Add((symbols, symbols.Length, count));
        for (var i = 1; i < symbols.Length; i++)
        {
            Count(_counts, Pair(symbols[i - 1], symbols[i]), count);
            AddPlace(Pair(symbols[i - 1], symbols[i]), _words.Count - 1);
        }
    }

    /// <summary>Merges.</summary>
    /// <param name="wantedTokens">Stops when there are this many tokens.</param>
    /// <param name="minimumCount">Stops when no pair occurs this often.</param>
    /// <param name="stop">Cancels with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>The merged pairs in order.</returns>
    public List<(string Left, string Right)> Merge(int wantedTokens, int minimumCount, CancellationToken stop)
    {
        foreach (var (pair, count) in _counts)
            _queue.Enqueue(pair, (count, pair));
        var merges = new List<(string, string)>();
        var merged = new Dictionary<long, int>();
        var ids = _tokens.Select((token, id) => (token, id)).ToDictionary(t => t.token, t => t.id, StringComparer.Ordinal);
        var changes = new Dictionary<long, long>();
        while (_tokens.Count < wantedTokens && _queue.TryDequeue(out var pair, out var priority))
        {
            stop.ThrowIfCancellationRequested();
            // Counts that decreased since the pair was queued are corrected only here, where they matter.
            var count = _counts.GetValueOrDefault(pair);
            if (count != priority.Count)
            {
                if (count > 0 && count < priority.Count)
                    _queue.Enqueue(pair, (count, pair));
                continue;
            }

            if (count < minimumCount)
                break;
            int left = (int)(pair >> 32), right = (int)pair;
            if (!merged.TryGetValue(pair, out var id))
            {
                // Two pairs may spell the same token (a+bc, ab+c): it has one id, so earlier pairs may reappear.
                var spelling = _join(_tokens[left], _tokens[right]);
                if (!ids.TryGetValue(spelling, out id))
                {
                    id = _tokens.Count;
                    _tokens.Add(spelling);
                    ids.Add(spelling, id);
                }

                merges.Add((_tokens[left], _tokens[right]));
                merged.Add(pair, id);
            }

            var affected = _places[pair];
            _places.Remove(pair);
            changes.Clear();
            foreach (var word in affected)
                MergeIn(word, left, right, id, changes);
            Apply(changes);
        }

        return merges;
    }

    // In place. Only the pairs around a merge are counted: a word may be as long as a text.
    private void MergeIn(int word, int left, int right, int merged, Dictionary<long, long> changes)
    {
        var (symbols, length, count) = _words[word];
        var kept = 0;
        // Whether the last kept symbol was created by this merge; the old symbol there was 'right'.
        var created = false;
        for (var i = 0; i < length; i++)
        {
            var symbol = symbols[i];
            var merges = symbol == left && i + 1 < length && symbols[i + 1] == right;
            if (kept > 0 && (merges || created))
            {
                Count(changes, Pair(created ? right : symbols[kept - 1], symbol), -count);
                var pair = Pair(symbols[kept - 1], merges ? merged : symbol);
                Count(changes, pair, count);
                AddPlace(pair, word);
            }

            if (merges)
            {
                Count(changes, Pair(left, right), -count);
                i++;
            }

            symbols[kept++] = merges ? merged : symbol;
            created = merges;
        }

        _words[word] = (symbols, kept, count);
    }

    private void Apply(Dictionary<long, long> changes)
    {
        foreach (var (pair, change) in changes)
        {
            if (change == 0)
                continue;
            var count = _counts.GetValueOrDefault(pair) + change;
            _counts[pair] = count;
            if (change > 0)
                _queue.Enqueue(pair, (count, pair));
        }
    }

    private void AddPlace(long pair, int word)
    {
        if (!_places.TryGetValue(pair, out var list))
            _places.Add(pair, list = []);
        if (list.Count == 0 || list[^1] != word)
            list.Add(word);
    }

    private static void Count(Dictionary<long, long> counts, long pair, long count) =>
        CollectionsMarshal.GetValueRefOrAddDefault(counts, pair, out _) += count;

    private static long Pair(int left, int right) => ((long)left << 32) | (uint)right;
}
