namespace Tenon.Tokenizers.BytePair;

/// <summary>
/// Learns a byte-level byte-pair vocabulary from texts (Sennrich et al. 2016, algorithm 1; bytes as in Radford et al.
/// 2019): again and again the most frequent pair of neighbours becomes a token.
/// </summary>
/// <remarks>
/// The result depends on the texts only: of equally frequent pairs the one with the smallest ids is taken. Pairs never
/// reach over the pieces of <see cref="Gpt2PreTokenizer"/>, so each distinct piece is counted once and looked at again
/// only when one of its pairs is merged.
/// </remarks>
internal sealed class BytePairTrainer
{
    private readonly List<(int[] Symbols, long Count)> words = [];
    private readonly List<string> tokens;
    private readonly Dictionary<long, long> counts = [];
    private readonly Dictionary<long, List<int>> places = [];
    private readonly PriorityQueue<long, (long Count, long Pair)> queue = new(Comparer<(long Count, long Pair)>.Create(
        (a, b) => a.Count != b.Count ? b.Count.CompareTo(a.Count) : a.Pair.CompareTo(b.Pair)));

    private BytePairTrainer() => tokens = [.. ByteAlphabet.Order.Select(value => ByteAlphabet.Spell(value).ToString())];

    /// <summary>Trains a vocabulary.</summary>
    /// <param name="texts">The texts, read once.</param>
    /// <param name="vocabularySize">Number of ids wanted, at least 257: the bytes, the merges, and <c>&lt;|endoftext|&gt;</c> last.</param>
    /// <param name="minimumCount">Pairs that are rarer are not merged, so that few texts give fewer ids than wanted.</param>
    /// <param name="stop">Ends the training with an <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is below its minimum.</exception>
    public static BytePairModel Train(IEnumerable<string> texts, int vocabularySize, int minimumCount = 2, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentOutOfRangeException.ThrowIfLessThan(vocabularySize, 257);
        ArgumentOutOfRangeException.ThrowIfLessThan(minimumCount, 1);
        var trainer = new BytePairTrainer();
        trainer.CountWords(texts, stop);
        trainer.CountPairs();
        return BytePairModel.Create(ByteAlphabet.Order, trainer.Merge(vocabularySize - 1, minimumCount, stop));
    }

    private void CountWords(IEnumerable<string> texts, CancellationToken stop)
    {
        var found = new Dictionary<string, long>(StringComparer.Ordinal);
        var bySpan = found.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (var text in texts)
        {
            stop.ThrowIfCancellationRequested();
            for (var start = 0; start < text.Length;)
            {
                var end = Gpt2PreTokenizer.PieceEnd(text, start);
                System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(bySpan, text.AsSpan(start, end - start), out _)++;
                start = end;
            }
        }

        var idOfByte = new int[256];
        for (var id = 0; id < 256; id++)
            idOfByte[ByteAlphabet.Order[id]] = id;
        foreach (var (word, count) in found)
            words.Add((Array.ConvertAll(System.Text.Encoding.UTF8.GetBytes(word), value => idOfByte[value]), count));
    }

    private void CountPairs()
    {
        for (var word = 0; word < words.Count; word++)
        {
            var (symbols, count) = words[word];
            AddPairs(counts, symbols, count);
            for (var i = 1; i < symbols.Length; i++)
                AddPlace(Pair(symbols[i - 1], symbols[i]), word);
        }

        foreach (var (pair, count) in counts)
            queue.Enqueue(pair, (count, pair));
    }

    private List<(string Left, string Right)> Merge(int wantedTokens, int minimumCount, CancellationToken stop)
    {
        var merges = new List<(string, string)>();
        var merged = new Dictionary<long, int>();
        var ids = tokens.Select((token, id) => (token, id)).ToDictionary(t => t.token, t => t.id, StringComparer.Ordinal);
        var changes = new Dictionary<long, long>();
        while (tokens.Count < wantedTokens && queue.TryDequeue(out var pair, out var priority))
        {
            stop.ThrowIfCancellationRequested();
            // Counts that fell since the pair was queued are put right only here, where it matters.
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
                // Two pairs may spell the same token (a+bc, ab+c): it has one id, and with it old pairs may come back.
                var spelling = tokens[left] + tokens[right];
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

        // A word is listed twice where a pair stood in it twice.
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
            System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(counts, Pair(symbols[i - 1], symbols[i]), out _) += count;
    }

    private static long Pair(int left, int right) => ((long)left << 32) | (uint)right;
}
