using Tenon.Layers;

namespace Tenon.Bert;

/// <content>
/// Converts examples to batches: <c>input_ids</c>, <c>token_type_ids</c> for pairs, <c>attention_mask</c> if there is padding,
/// and the targets of the head.
/// </content>
public sealed partial class BertModel : ICollate<LabelledTextExample>, ICollate<TextPairExample>, ICollate<TokenLabelledExample>
{
    // The prefix that a tokenizer puts before every piece of a word except the first.
    private const string ContinuingPiece = "##";

    // [CLS], and [SEP] after each segment.
    private int Specials => _head == BertHeads.PreTraining ? 3 : 2;

    /// <summary>The context length minus the special tokens around a text.</summary>
    /// <inheritdoc/>
    public int BlockLength => ContextLength - Specials;

    /// <inheritdoc/>
    public int BlockOverlap => 0;

    /// <summary>
    /// Draws a new mask for each batch (dynamic masking, Liu et al. 2019, section 4.1). For <c>pre-training</c>, a block is cut
    /// in two, and half of the time the second part comes from another block of the batch. Outside training, a block always gets
    /// the same mask, and a block that already contains <c>[MASK]</c> is not changed.
    /// </summary>
    /// <inheritdoc/>
    public Batch Collate(IReadOnlyList<TokenBlock> examples, CollateContext context)
    {
        ArgumentNullException.ThrowIfNull(examples);
        ArgumentNullException.ThrowIfNull(context);
        if (_predictions is null)
        {
            string wanted = BertHeads.HasClasses(_head) ? "classes" : "questions";
            throw new DataException(
                $"Packed text has no {wanted}, but the head '{_head}' learns from {wanted}. Use data with {wanted}, or the head " +
                $"'{BertHeads.MaskedLanguageModel}'.");
        }

        return Make([.. examples.Select(example => Segments([.. example.Ids.Span]))], context);
    }

    /// <summary>The target is the class of the text, or for heads without classes the text itself. Texts are truncated to the
    /// context length.</summary>
    /// <inheritdoc/>
    public Batch Collate(IReadOnlyList<LabelledTextExample> examples, CollateContext context)
    {
        ArgumentNullException.ThrowIfNull(examples);
        ArgumentNullException.ThrowIfNull(context);
        ITokenizer tokenizer = Tokenizer(context);
        return Make([.. examples.Select(
            example => Segments([.. tokenizer.Encode(example.Text, recognizeSpecial: true)]) with { Label = example.Label })], context);
    }

    /// <summary>
    /// The target is the class of the pair; for <c>pre-training</c>, whether the second text follows the first (label 0) or not
    /// (1), drawn within the batch for pairs without a label. Pairs are truncated to the context length, the longer text first.
    /// </summary>
    /// <inheritdoc/>
    public Batch Collate(IReadOnlyList<TextPairExample> examples, CollateContext context)
    {
        ArgumentNullException.ThrowIfNull(examples);
        ArgumentNullException.ThrowIfNull(context);
        ITokenizer tokenizer = Tokenizer(context);
        return Make(
            [.. examples.Select(example => new Sequence(
                [.. tokenizer.Encode(example.First, recognizeSpecial: true)],
                [.. tokenizer.Encode(example.Second, recognizeSpecial: true)],
                example.Label))],
            context);
    }

    /// <summary>
    /// The first token of each word has the word's class; its other tokens and special tokens have none. For heads without
    /// classes of tokens, the target is the sentence itself. Sentences are truncated to the context length.
    /// </summary>
    /// <inheritdoc/>
    public Batch Collate(IReadOnlyList<TokenLabelledExample> examples, CollateContext context)
    {
        ArgumentNullException.ThrowIfNull(examples);
        ArgumentNullException.ThrowIfNull(context);
        if (_head == BertHeads.SequenceClassification)
            throw new DataException(
                $"The examples have a class for each word, but the head is '{_head}'. Use the head '{BertHeads.TokenClassification}'.");
        ITokenizer tokenizer = Tokenizer(context);
        return Make([.. examples.Select(example => Tagged(example, tokenizer))], context);
    }

    private Sequence Tagged(TokenLabelledExample example, ITokenizer tokenizer)
    {
        (IReadOnlyList<int> ids, IReadOnlyList<int?> tags) = TaggedWords.Tokenize(example, tokenizer);
        return new Sequence([.. ids], null, null, _head == BertHeads.TokenClassification ? [.. tags] : null);
    }

    private static ITokenizer Tokenizer(CollateContext context) =>
        context.Tokenizer ?? throw new DataException("The examples are text, but the run has no tokenizer. Set 'tokenizer' in the recipe.");

    private Sequence Segments(int[] ids) => _head == BertHeads.PreTraining
        ? new Sequence(ids[..(ids.Length / 2)], ids[(ids.Length / 2)..], null)
        : new Sequence(ids, null, null);

    private Batch Make(Sequence[] sequences, CollateContext context)
    {
        if (_head == BertHeads.QuestionAnswering)
            throw new DataException($"The examples are not questions about passages, but the head '{_head}' learns from those. Use data " +
                "with questions, such as 'squad', or another head.");
        using DisposeScope scope = torch.NewDisposeScope();
        var tensors = new Dictionary<string, Tensor>();
        long[] targets = new long[sequences.Length];
        if (_head == BertHeads.PreTraining)
            tensors[BatchNames.NextSentenceLabel] = torch.tensor(Follows(sequences, context));
        else if (_head == BertHeads.SequenceClassification
            && ClassLabels.Check([.. sequences.Select(sequence => sequence.Label)], Labels, context.Training) is { } classes)
        {
            tensors[BatchNames.Labels] = torch.tensor(classes);
            Array.Fill(targets, 1);
        }
        else if (_head == BertHeads.TokenClassification && sequences.Any(sequence => sequence.Tags is null))
        {
            throw new DataException(
                $"The examples have no class for each token, but the head '{_head}' learns from them. Use the head " +
                $"'{BertHeads.SequenceClassification}' for classes of texts.");
        }

        bool pairs = sequences.Any(sequence => sequence.Second is not null);
        TokenFrame frame = context.Tokenizer?.Frame(pairs) ?? Frame(pairs);
        Row[] rows = [.. sequences.Select(sequence => Join(sequence, frame))];
        foreach (Row row in rows)
            CheckIds(row.Ids);
        int length = rows.Max(row => row.Ids.Length);
        if (length == 0)
            throw new DataException("A text has no tokens, and the tokenizer adds none. Remove it from the data.");
        if (_head != BertHeads.SequenceClassification)
        {
            long[][] labels =
                [.. rows.Select(
                    (row, index) => sequences[index].Tags is { } tags
                        ? TaggedWords.Labels(tags.Take(row.First), frame.Before.Count, row.Ids.Length, Labels)
                        : Hide(row.Ids, index, context))];
            tensors[BatchNames.Labels] = Pad(labels, length, BatchNames.Ignored);
            targets = [.. labels.Select(row => row.LongCount(label => label != BatchNames.Ignored))];
        }

        tensors[BatchNames.InputIds] = Pad([.. rows.Select(row => row.Ids)], length, _options.PadToken ?? 0);
        if (pairs)
            tensors[BatchNames.TokenTypeIds] =
                Pad([.. rows.Select(row => row.Ids.Select((_, at) => at < row.Second ? 0L : frame.SecondType).ToArray())], length, 0);
        if (rows.Any(row => row.Ids.Length < length))
            tensors[BatchNames.AttentionMask] = Pad([.. rows.Select(row => Enumerable.Repeat(1L, row.Ids.Length).ToArray())], length, 0);
        return new Batch(tensors, sequences.Length, targets.Sum())
        {
            Truncated = rows.Count(row => row.Truncated),
            // The loss of the sentences is a mean of its own, which the targets do not weigh.
            RowTargets = _head == BertHeads.PreTraining ? null : targets,
        };
    }

    // Used for blocks when the run has no tokenizer.
    private TokenFrame Frame(bool pair) => TokenFrame.Of(
        new SpecialTokens
        {
            Classify = Special(_options.ClassifyToken, "classifyToken", "[CLS]"),
            Separator = Special(_options.SeparatorToken, "separatorToken", "[SEP]"),
        }, pair);

    // Truncates to the context, the longer text first, and adds the special tokens.
    private Row Join(Sequence sequence, TokenFrame frame)
    {
        (int[] first, int[]? second) = (sequence.First, sequence.Second);
        if (second is not null && _options.TypeVocabularySize <= frame.SecondType)
            throw new DataException(
                "The examples are pairs, but 'typeVocabularySize' is 1. Pairs need 2 segments: use another model, or single texts.");
        int room = Math.Max(0, ContextLength - frame.Count);
        int firstLength = Math.Min(first.Length, Math.Max(room - (second?.Length ?? 0), (room + 1) / 2));
        int[] ids = [.. frame.Before, .. first.Take(firstLength), .. frame.Between];
        int boundary = ids.Length;
        int[] rest = [.. (second ?? []).Take(room - firstLength), .. frame.After];
        return new Row(
            [.. ids.Concat(rest).Select(id => (long)id)], firstLength, boundary, Truncated: first.Length + (second?.Length ?? 0) > room);
    }

    // Masks tokens of a row in place and returns the labels.
    private long[] Hide(long[] ids, int row, CollateContext context)
    {
        long mask = Special(_options.MaskToken ?? context.Tokenizer?.Special.Mask, "maskToken", "[MASK]");
        // Validation measures the same tokens each time, regardless of the block's position in its batch.
        SeededRandom random = context.Training
            ? context.Random.Fork("mask").Fork(row)
            : ids.Aggregate(new SeededRandom(0), (stream, id) => stream.Fork(id));
        bool isMasked = !context.Training && ids.Contains(mask);
        int[][] units = isMasked ? [] : Units(ids, context.Tokenizer);
        return new BertMasking(_options, mask, Math.Min(context.Tokenizer?.VocabularySize ?? VocabularySize, VocabularySize))
            .Apply(ids, units, random);
    }

    // Positions that are masked together; special tokens are never masked.
    private int[][] Units(long[] ids, ITokenizer? tokenizer)
    {
        if (_options.WholeWord && tokenizer is null)
            throw new DataException("'wholeWord' is set, but the run has no tokenizer that determines words. Set 'tokenizer' in the " +
                "recipe, or remove 'wholeWord'.");
        int?[] special =
        [
            _options.ClassifyToken, _options.SeparatorToken, _options.PadToken,
            tokenizer?.Special.EndOfText, tokenizer?.Special.Classify, tokenizer?.Special.Separator,
        ];
        var units = new List<List<int>>();
        int last = -1;
        foreach ((int position, long id) in ids.Index())
        {
            if (special.Contains((int)id))
                continue;
            bool continues = _options.WholeWord && last >= 0 && last == position - 1
                && id < tokenizer!.VocabularySize && tokenizer.TokenText((int)id).StartsWith(ContinuingPiece, StringComparison.Ordinal);
            if (continues)
                units[^1].Add(position);
            else
                units.Add([position]);
            last = position;
        }

        return [.. units.Select(unit => unit.ToArray())];
    }

    // Label 0 means that the second segment follows. Half of the pairs without a label get the second segment of another pair.
    private static long[] Follows(Sequence[] sequences, CollateContext context)
    {
        SeededRandom random = (context.Training ? context.Random : new SeededRandom(0)).Fork("next sentence");
        int[][] seconds = [.. sequences.Select(sequence => sequence.Second!)];
        var labels = new long[sequences.Length];
        for (int row = 0; row < sequences.Length; row++)
        {
            bool draw = sequences[row].Label is null && sequences.Length > 1 && random.NextDouble() < 0.5;
            labels[row] = draw ? 1 : sequences[row].Label ?? 0;
            if (labels[row] is not (0 or 1))
                throw new DataException(
                    $"A pair has the label {labels[row]}. Allowed for next-sentence prediction: 0 (the second text follows) and 1 " +
                    "(it does not).");
            if (draw)
                sequences[row] =
                    sequences[row] with { Second = seconds[(row + 1 + (int)random.Next(sequences.Length - 1)) % sequences.Length] };
        }

        return labels;
    }

    private static int Special(int? id, string option, string spelling) => id ?? throw new DataException(
        $"The model has no {spelling} token. Use a tokenizer that has one, or set '{option}'.");

    // An out-of-range index is undefined behavior on a GPU, so it is rejected here.
    private void CheckIds(long[] ids)
    {
        foreach (long id in ids)
        {
            if (id < 0 || id >= VocabularySize)
                throw new DataException(
                    $"Token id {id} is outside the model's vocabulary of {VocabularySize}. The data was not tokenized with the " +
                    "model's tokenizer.");
        }
    }

    private static Tensor Pad(long[][] rows, int length, long filler)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        long[] values = [.. rows.SelectMany(row => row.Concat(Enumerable.Repeat(filler, length - row.Length)))];
        return torch.tensor(values).view(rows.Length, length).MoveToOuterDisposeScope();
    }

    // Ids with special tokens, the number of those from the first text, the start of the second text, and whether tokens are missing.
    private sealed record Row(long[] Ids, int First, int Second, bool Truncated);

    // Tokens of an example before truncation and without special tokens, with the class of the example or of each token.
    private sealed record Sequence(int[] First, int[]? Second, int? Label, int?[]? Tags = null);
}
