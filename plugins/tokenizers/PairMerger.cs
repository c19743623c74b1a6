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
    private readonly List<string> tokens;
    private readonly Func<string, string, string> join;
    private readonly List<(int[] Symbols, long Count)> words = [];
    private readonly Dictionary<long, long> counts = [];
    private readonly Dictionary<long, List<int>> places = [];
    private readonly PriorityQueue<long, (long Count, long Pair)> queue = new(Comparer<(long Count, long Pair)>.Create(
        (a, b) => a.Count != b.Count ? b.Count.CompareTo(a.Count) : a.Pair.CompareTo(b.Pair)));

    /// <summary>Starts with an alphabet.</summary>
    /// <param name="alphabet">Tokens by id; merged tokens are appended.</param>
    /// <param name="join">The spelling of a pair.</param>
    public PairMerger(IEnumerable<string> alphabet, Func<string, string, string> join)
    {
        tokens = [.. alphabet];
        this.join = join;
    }

    /// <summary>All tokens by id: the alphabet, then merged tokens.</summary>
    public IReadOnlyList<string> Tokens => tokens;

    /// <summary>Adds a word. Must be called before <see cref="Merge"/>.</summary>
    /// <param name="symbols">Ids of the alphabet.</param>
    /// <param name="count">Number of occurrences of the word in the texts.</param>
    public void Add(int[] symbols, long count)
    {
        words.Add((symbols, count));
        AddPairs(counts, symbols, count);
        for (var i = 1; i < symbols.Length; i++)
            AddPlace(Pair(symbols[i - 1], symbols[i]), words.Count - 1);
    }

    /// <summary>Merges.</summary>
    /// <param name="wantedTokens">Stops when there are this many tokens.</param>
    /// <param name="minimumCount">Stops when no pair occurs this often.</param>
    /// <param name="stop">Cancels with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>The merged pairs in order.</returns>
    public List<(string Left, string Right)> Merge(int wantedTokens, int minimumCount, CancellationToken stop)
    {
        foreach (var (pair, count) in counts)
            queue.Enqueue(pair, (count, pair));
        var merges = new List<(string, string)>();
        var merged = new Dictionary<long, int>();
        var ids = tokens.Select((token, id) => (token, id)).ToDictionary(t => t.token, t => t.id, StringComparer.Ordinal);
        var changes = new Dictionary<long, long>();
        while (tokens.Count < wantedTokens && queue.TryDequeue(out var pair, out var priority))
        {
            stop.ThrowIfCancellationRequested();
            // Counts that decreased since the pair was queued are corrected only here, where they matter.
            var count = counts.GetValueOrDefault(pair);
            if (count != priority.Count)
            {
                if (count > 0 && count < priority.Count)
                    queue.Enqueue(pair, (count, pair));
                continue;
            }

            if (count < minimumCount)
                break;
            int left = (int)(pair >> 32), right = (int)pair;
            if (!merged.TryGetValue(pair, out var id))
            {
                // Two pairs may spell the same token (a+bc, ab+c): it has one id, so earlier pairs may reappear.
                var spelling = join(tokens[left], tokens[right]);
                if (!ids.TryGetValue(spelling, out id))
                {
                    id = tokens.Count;
                    tokens.Add(spelling);
                    ids.Add(spelling, id);
                }

                merges.Add((tokens[left], tokens[right]));
                merged.Add(pair, id);
            }

            var affected = places[pair];
            places.Remove(pair);
            changes.Clear();
            foreach (var word in affected)
                MergeIn(word, left, right, id, changes);
            Apply(changes);
        }

        return merges;
    }

    private void MergeIn(int word, int left, int right, int merged, Dictionary<long, long> changes)
    {
        var (symbols, count) = words[word];
        var shorter = new List<int>(symbols.Length);
        for (var i = 0; i < symbols.Length; i++)
        {
            if (symbols[i] == left && i + 1 < symbols.Length && symbols[i + 1] == right)
            {
                shorter.Add(merged);
                i++;
            }
            else
            {
                shorter.Add(symbols[i]);
            }
        }

        // A word is listed twice if a pair occurred in it twice.
        if (shorter.Count == symbols.Length)
            return;
        int[] result = [.. shorter];
        AddPairs(changes, symbols, -count);
        AddPairs(changes, result, count);
        for (var i = 1; i < result.Length; i++)
        {
            if (result[i - 1] == merged || result[i] == merged)
                AddPlace(Pair(result[i - 1], result[i]), word);
        }

        words[word] = (result, count);
    }

    private void Apply(Dictionary<long, long> changes)
    {
        foreach (var (pair, change) in changes)
        {
            if (change == 0)
                continue;
            var count = counts.GetValueOrDefault(pair) + change;
            counts[pair] = count;
            if (change > 0)
                queue.Enqueue(pair, (count, pair));
        }
    }

    private void AddPlace(long pair, int word)
    {
        if (!places.TryGetValue(pair, out var list))
            places.Add(pair, list = []);
        if (list.Count == 0 || list[^1] != word)
            list.Add(word);
    }

    private static void AddPairs(Dictionary<long, long> counts, int[] symbols, long count)
    {
        for (var i = 1; i < symbols.Length; i++)
            CollectionsMarshal.GetValueRefOrAddDefault(counts, Pair(symbols[i - 1], symbols[i]), out _) += count;
    }

    private static long Pair(int left, int right) => ((long)left << 32) | (uint)right;
}
