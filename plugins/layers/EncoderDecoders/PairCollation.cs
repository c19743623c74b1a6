namespace Tenon.Layers;

/// <summary>A source and its target as token ids.</summary>
/// <param name="Source">Ids with the frame of the tokenizer, at least one.</param>
/// <param name="Target">Ids with the frame, without the decoder's start token; at least one. All are learned.</param>
/// <param name="Truncated">Whether a text has more tokens.</param>
public sealed record TokenPair(int[] Source, int[] Target, bool Truncated = false);

/// <summary>
/// Turns pairs of texts into the tensors of a model with an encoder and a decoder: <c>input_ids</c> [B, S] with
/// <c>attention_mask</c> if there is padding, <c>labels</c> [B, T], and <c>decoder_input_ids</c> [B, T], which are the labels shifted
/// right after the start token.
/// </summary>
/// <param name="configuration">Sizes and special tokens.</param>
internal sealed class PairCollation(SequenceToSequenceConfiguration configuration)
{
    /// <summary>Tokenizes a text, with its frame; a text without an end gets the end of text.</summary>
    /// <param name="tokenizer">Encodes the text.</param>
    /// <param name="text">The text.</param>
    /// <param name="longest">Maximum number of ids. The frame is kept.</param>
    /// <returns>The ids, and whether the text has more.</returns>
    public (int[] Ids, bool Truncated) Encode(ITokenizer tokenizer, string text, int longest)
    {
        TokenFrame frame = tokenizer.Frame();
        int[] end = frame.After.Count > 0 ? [.. frame.After] : configuration.Target.EndOfText is { } id ? [id] : [];
        IReadOnlyList<int> ids = tokenizer.Encode(text);
        int room = Math.Max(0, longest - frame.Before.Count - end.Length);
        return ([.. frame.Before, .. ids.Take(room), .. end], ids.Count > room);
    }

    /// <summary>Tokenizes a pair.</summary>
    public TokenPair Encode(ITokenizer tokenizer, string source, string target)
    {
        (int[] sourceIds, bool longSource) = Encode(tokenizer, source, configuration.SourceLength);
        (int[] targetIds, bool longTarget) = Encode(tokenizer.Target, target, configuration.Target.ContextLength);
        return new TokenPair(sourceIds, targetIds, longSource || longTarget);
    }

    /// <summary>One row per pair.</summary>
    /// <param name="pairs">At least one. The pairs of an example with several are <paramref name="examples"/> rows apart.</param>
    /// <param name="examples">Number of examples.</param>
    /// <exception cref="DataException">An id is outside the vocabulary.</exception>
    public Batch Pad(IReadOnlyList<TokenPair> pairs, int examples)
    {
        foreach (TokenPair pair in pairs)
            TextCollation.CheckIds(pair.Source.Concat(pair.Target), configuration.Target.VocabularySize);
        using DisposeScope scope = torch.NewDisposeScope();
        (Tensor inputIds, Tensor? mask) = Right([.. pairs.Select(pair => pair.Source)], configuration.PadToken);
        (Tensor labels, _) = Right([.. pairs.Select(pair => pair.Target)], BatchNames.Ignored);
        (Tensor decoderInputs, _) =
            Right([.. pairs.Select(pair => (int[])[configuration.DecoderStart, .. pair.Target[..^1]])], configuration.PadToken);
        var tensors = new Dictionary<string, Tensor>
        {
            [BatchNames.InputIds] = inputIds,
            [BatchNames.DecoderInputIds] = decoderInputs,
            [BatchNames.Labels] = labels,
        };
        if (mask is not null)
            tensors[BatchNames.AttentionMask] = mask;
        return new Batch(tensors, examples, pairs.Sum(pair => (long)pair.Target.Length))
        {
            Truncated = TextCollation.Truncated([.. pairs.Select(pair => pair.Truncated)], examples),
            RowTargets = configuration.Target.DividesBatches
                ? TextCollation.RowTargets([.. pairs.Select(pair => (long)pair.Target.Length)], examples) : null,
        };
    }

    /// <summary>Rows padded on the right.</summary>
    /// <param name="rows">At least one.</param>
    /// <param name="padding">The padding.</param>
    /// <returns>int64 [B, longest] and its mask, in the current dispose scope; no mask if nothing is padded.</returns>
    public static (Tensor Ids, Tensor? Mask) Right(int[][] rows, long padding)
    {
        int longest = rows.Max(row => row.Length);
        var ids = new long[rows.Length, longest];
        var mask = new long[rows.Length, longest];
        for (int row = 0; row < rows.Length; row++)
        {
            for (int t = 0; t < longest; t++)
                (ids[row, t], mask[row, t]) = t < rows[row].Length ? (rows[row][t], 1) : (padding, 0);
        }

        return (torch.tensor(ids), rows.Any(row => row.Length < longest) ? torch.tensor(mask) : null);
    }
}
