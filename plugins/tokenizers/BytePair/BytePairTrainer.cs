using System.Runtime.InteropServices;
using System.Text;
using Tenon.Tokenizers.PreTokenizers;

namespace Tenon.Tokenizers.BytePair;

/// <summary>
/// Learns a byte-level byte-pair vocabulary from texts (Sennrich et al. 2016; bytes as in Radford et al. 2019). The
/// result depends only on the texts. Pairs never cross the pieces of <see cref="Gpt2Pattern"/>, so each distinct
/// piece is counted once.
/// </summary>
internal static class BytePairTrainer
{
    /// <summary>Trains a vocabulary.</summary>
    /// <param name="texts">The texts, read once.</param>
    /// <param name="vocabularySize">Requested number of ids, at least 257: the bytes, the merges, and
    /// <c>&lt;|endoftext|&gt;</c> last.</param>
    /// <param name="minimumCount">Rarer pairs are not merged, so small corpora yield fewer ids than requested.</param>
    /// <param name="stop">Cancels the training with an <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is below its minimum.</exception>
    public static BytePairModel Train(IEnumerable<string> texts, int vocabularySize, int minimumCount = 2, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentOutOfRangeException.ThrowIfLessThan(vocabularySize, 257);
        ArgumentOutOfRangeException.ThrowIfLessThan(minimumCount, 1);
        var merger = new PairMerger(
            ByteAlphabet.Order.Select(value => ByteAlphabet.Spell(value).ToString()), (left, right) => left + right);
        var idOfByte = new int[256];
        for (var id = 0; id < 256; id++)
            idOfByte[ByteAlphabet.Order[id]] = id;
        foreach (var (piece, count) in CountPieces(texts, stop))
            merger.Add(Array.ConvertAll(Encoding.UTF8.GetBytes(piece), value => idOfByte[value]), count);
        return BytePairModel.Create(ByteAlphabet.Order, merger.Merge(vocabularySize - 1, minimumCount, stop));
    }

    private static Dictionary<string, long> CountPieces(IEnumerable<string> texts, CancellationToken stop)
    {
        var found = new Dictionary<string, long>(StringComparer.Ordinal);
        var bySpan = found.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (var text in texts)
        {
            stop.ThrowIfCancellationRequested();
            for (var start = 0; start < text.Length;)
            {
                var end = Gpt2Pattern.Instance.PieceEnd(text, start);
                CollectionsMarshal.GetValueRefOrAddDefault(bySpan, text.AsSpan(start, end - start), out _)++;
                start = end;
            }
        }

        return found;
    }
}
