using System.Runtime.InteropServices;
using System.Text;

namespace Tenon.Tokenizers.WordPiece;

/// <summary>
/// Learns a WordPiece vocabulary from texts: BERT's special tokens, the characters, then pieces made by merging the most
/// frequent pair inside words, where a piece that continues a word starts with <c>##</c> (Schuster and Nakajima 2012,
/// with counts in place of likelihoods, as Hugging Face's trainer has it). The result depends on the texts only.
/// </summary>
internal static class WordPieceTrainer
{
    /// <summary>Fewest ids: the special tokens, and one more.</summary>
    public const int SmallestVocabulary = 6;

    // Rarer characters of large texts in many scripts would fill the vocabulary; words with them are unknown.
    private const int MostCharacters = 1000;

    /// <summary>Trains a vocabulary.</summary>
    /// <param name="texts">The texts, read once.</param>
    /// <param name="vocabularySize">Number of ids wanted, at least <see cref="SmallestVocabulary"/>.</param>
    /// <param name="rules">How text is put in order.</param>
    /// <param name="minimumCount">Rarer characters are left out and rarer pairs not merged, so that few texts give fewer ids than wanted.</param>
    /// <param name="stop">Ends the training with an <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is below its minimum.</exception>
    /// <exception cref="DataException">The characters of the texts alone are more than the vocabulary is to hold, or there are none.</exception>
    public static WordPieceModel Train(
        IEnumerable<string> texts, int vocabularySize, BertRules rules, int minimumCount = 2, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentOutOfRangeException.ThrowIfLessThan(vocabularySize, SmallestVocabulary);
        ArgumentOutOfRangeException.ThrowIfLessThan(minimumCount, 1);
        Dictionary<string, long> words = CountWords(texts, rules, stop);
        string[] alphabet = Alphabet(words, minimumCount);
        if (alphabet.Length == 0)
            throw new DataException($"The training texts hold no character {minimumCount} times or more, so there is nothing to learn pieces from. Give more text.");
        int smallest = WordPieceModel.SpecialTokens.Count + alphabet.Length;
        if (vocabularySize < smallest)
        {
            throw new DataException(
                $"'vocabularySize' is {vocabularySize}, but special tokens and characters of the training texts alone are {smallest}. Set it to more, or raise 'minimumCount'.");
        }

        var merger = new PairMerger([.. WordPieceModel.SpecialTokens, .. alphabet], (left, right) => left + right[WordPieceModel.Continuing.Length..]);
        Dictionary<string, int> ids = merger.Tokens.Select((token, id) => (token, id)).ToDictionary(t => t.token, t => t.id, StringComparer.Ordinal);
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
        var found = new Dictionary<string, long>(StringComparer.Ordinal);
        var bySpan = found.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (var text in texts)
        {
            stop.ThrowIfCancellationRequested();
            var clean = normalization.Normalize(text);
            foreach (var (offset, length) in splitter.PreTokenize(clean))
                CollectionsMarshal.GetValueRefOrAddDefault(bySpan, clean.AsSpan(offset, length), out _)++;
        }

        return found;
    }

    // First the characters that start words, then those that continue them, each in the order of code points.
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
            .Take(MostCharacters).Select(entry => entry.Key).Order()];
        // A letter or digit may stand anywhere in a word that is yet to come; a mark is a word of its own.
        return
        [
            .. kept.Select(rune => rune.ToString()),
            .. kept.Where(rune => continuing.Contains(rune) || rune.IsAscii && Rune.IsLetterOrDigit(rune)).Select(rune => WordPieceModel.Continuing + rune),
        ];
    }

    // Null for a word with a character that is not kept: the tokenizer will not spell it either.
    private static int[]? Symbols(string word, Dictionary<string, int> ids)
    {
        var symbols = new List<int>(word.Length);
        foreach (var rune in word.EnumerateRunes())
        {
            if (symbols.Count == WordPieceModel.LongestWord || !ids.TryGetValue(symbols.Count == 0 ? rune.ToString() : WordPieceModel.Continuing + rune, out var id))
                return null;
            symbols.Add(id);
        }

        return [.. symbols];
    }
}
