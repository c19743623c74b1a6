using System.Runtime.InteropServices;
using System.Text;
using Tenon.Tokenizers.Normalizers;
using Tenon.Tokenizers.PreTokenizers;

namespace Tenon.Tokenizers.WordPiece;

/// <summary>
/// Learns a WordPiece vocabulary from texts: BERT's special tokens, the characters, then pieces created by merging the most
/// frequent pair within words, where a piece that continues a word starts with <c>##</c> (Schuster and Nakajima 2012,
/// with counts instead of likelihoods, as in Hugging Face's trainer). The result depends only on the texts.
/// </summary>
internal static class WordPieceTrainer
{
    /// <summary>Minimum number of ids: the special tokens and one more.</summary>
    public const int SmallestVocabulary = 6;

    // Rare characters of large multilingual corpora would fill the vocabulary; words with them are unknown.
    private const int MaxCharacters = 1000;

    /// <summary>Trains a vocabulary.</summary>
    /// <param name="texts">The texts, read once.</param>
    /// <param name="vocabularySize">Requested number of ids, at least <see cref="SmallestVocabulary"/>.</param>
    /// <param name="rules">The text normalization.</param>
    /// <param name="minimumCount">Rarer characters are omitted and rarer pairs are not merged, so small corpora yield fewer ids
    /// than requested.</param>
    /// <param name="stop">Cancels the training with an <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is below its minimum.</exception>
    /// <exception cref="DataException">The texts have no characters, or more than the vocabulary can contain.</exception>
    public static WordPieceModel Train(
        IEnumerable<string> texts, int vocabularySize, BertRules rules, int minimumCount = 2, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentOutOfRangeException.ThrowIfLessThan(vocabularySize, SmallestVocabulary);
        ArgumentOutOfRangeException.ThrowIfLessThan(minimumCount, 1);
        Dictionary<string, long> words = CountWords(texts, rules, stop);
        string[] alphabet = Alphabet(words, minimumCount);
        if (alphabet.Length == 0)
            throw new DataException(
                $"No character occurs {minimumCount} times or more in the training texts, so there is nothing to build pieces from. " +
                "Use more text.");
        int smallest = WordPieceModel.SpecialTokens.Count + alphabet.Length;
        if (vocabularySize < smallest)
        {
            throw new DataException(
                $"'vocabularySize' is {vocabularySize}, but the special tokens and the characters of the training texts already need " +
                $"{smallest}. Increase it, or raise 'minimumCount'.");
        }

        var merger = new PairMerger(
            [.. WordPieceModel.SpecialTokens, .. alphabet], (left, right) => left + right[WordPieceModel.Continuing.Length..]);
        Dictionary<string, int> ids =
            merger.Tokens.Select((token, id) => (token, id)).ToDictionary(t => t.token, t => t.id, StringComparer.Ordinal);
        foreach (var (word, count) in words)
        {
            if (Symbols(word, ids) is { } symbols)
                merger.Add(symbols, count);
        }

        merger.Merge(vocabularySize, minimumCount, stop);
        return WordPieceModel.Create(merger.Tokens, rules);
    }

    private static Dictionary<string, long> CountWords(IEnumerable<string> texts, BertRules rules, CancellationToken stop)
    {
        var normalization = new BertNormalization(rules);
        var splitter = new BertWords();
        var words = new List<Piece>();
        var found = new Dictionary<string, long>(StringComparer.Ordinal);
        var bySpan = found.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (var text in texts)
        {
            stop.ThrowIfCancellationRequested();
            var clean = normalization.Normalize(text);
            words.Clear();
            splitter.Split(new Piece(clean, 0, clean.Length, First: true), words);
            foreach (var word in words)
                CollectionsMarshal.GetValueRefOrAddDefault(bySpan, word.Span, out _)++;
        }

        return found;
    }

    // Characters that start words, then characters that continue them, each in code point order.
    private static string[] Alphabet(Dictionary<string, long> words, int minimumCount)
    {
        var counts = new Dictionary<Rune, long>();
        var continuing = new HashSet<Rune>();
        foreach (var (word, count) in words)
        {
            var first = true;
            foreach (var rune in word.EnumerateRunes())
            {
                CollectionsMarshal.GetValueRefOrAddDefault(counts, rune, out _) += count;
                if (!first)
                    continuing.Add(rune);
                first = false;
            }
        }

        Rune[] kept = [.. counts.Where(entry => entry.Value >= minimumCount)
            .OrderByDescending(entry => entry.Value).ThenBy(entry => entry.Key)
            .Take(MaxCharacters).Select(entry => entry.Key).Order()];
        // A letter or digit may occur anywhere in a future word; a punctuation mark is a separate word.
        return
        [
            .. kept.Select(rune => rune.ToString()),
            .. kept.Where(rune => continuing.Contains(rune) || rune.IsAscii && Rune.IsLetterOrDigit(rune))
            .Select(rune => WordPieceModel.Continuing + rune),
        ];
    }

    // Null for a word with a dropped character: the tokenizer cannot spell it either.
    private static int[]? Symbols(string word, Dictionary<string, int> ids)
    {
        var symbols = new List<int>(word.Length);
        foreach (var rune in word.EnumerateRunes())
        {
            if (symbols.Count == WordPieceModel.MaxWordLength
                || !ids.TryGetValue(symbols.Count == 0 ? rune.ToString() : WordPieceModel.Continuing + rune, out var id))
                return null;
            symbols.Add(id);
        }

        return [.. symbols];
    }
}
