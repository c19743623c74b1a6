using TorchSharp;
using Tensor = TorchSharp.torch.Tensor;

namespace Tenon.Host.Data;

/// <summary>
/// Texts as inputs of a token model at inference: framed by the tokenizer (<c>[CLS]</c> … <c>[SEP]</c>), without masked tokens, and
/// padded, with an attention mask.
/// </summary>
internal static class FramedText
{
    /// <summary>Returns the ids of a text with its frame.</summary>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="text">Any text.</param>
    /// <param name="rows">Rows of the model's embedding.</param>
    /// <exception cref="DataException">The text is empty, and the tokenizer adds no frame.</exception>
    /// <exception cref="ModelException">The embedding has no row for a token of the text.</exception>
    public static int[] Ids(ITokenizer tokenizer, string text, int rows)
    {
        int[] framed = tokenizer.Frame().Around(tokenizer.Encode(text, recognizeSpecial: true));
        KnownTokens.Check(framed, tokenizer, rows);
        return framed.Length > 0 ? framed : throw new DataException("A text is empty. Pass at least one word.");
    }

    /// <summary>Returns one batch of sequences. The caller disposes it.</summary>
    /// <param name="rows">Ids of each row, at least one.</param>
    /// <param name="tokenizer">Provides the padding token.</param>
    /// <param name="most">Maximum number of ids in a row; longer rows are truncated inside their frame. Null for no limit.</param>
    public static Batch Collate(IReadOnlyList<int[]> rows, ITokenizer tokenizer, int? most = null)
    {
        int truncated = rows.Count(row => row.Length > most);
        if (truncated > 0)
        {
            TokenFrame frame = tokenizer.Frame();
            int after = Math.Min(frame.Count - frame.Before.Count, most!.Value);
            rows = [.. rows.Select(row => row.Length <= most ? row : [.. row.Take(most.Value - after), .. row.TakeLast(after)])];
        }

        int length = rows.Max(row => row.Length);
        long pad = tokenizer.Special.Pad ?? 0;
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor ids = torch.tensor(rows.SelectMany(row => row.Select(id => (long)id).Concat(Enumerable.Repeat(pad, length - row.Length)))
            .ToArray());
        Dictionary<string, Tensor> tensors = new() { [BatchNames.InputIds] = ids.reshape(rows.Count, length) };
        if (rows.Any(row => row.Length < length))
        {
            Tensor mask = torch.tensor(rows.SelectMany(row => Enumerable.Range(0, length).Select(i => i < row.Length ? 1L : 0L)).ToArray());
            tensors[BatchNames.AttentionMask] = mask.reshape(rows.Count, length);
        }

        return new Batch(tensors, rows.Count, 0) { Truncated = truncated };
    }
}
