using Tenon.Layers;

namespace Tenon.Bert;

/// <content>
/// Answers questions with spans of passages (Devlin et al. 2018, sections 4.2 and 4.3): the question is the first segment, the passage
/// the second. If the passage has no answer, first and last token are <c>[CLS]</c>.
/// </content>
public sealed partial class BertModel : IQuestionAnswerer, ICollate<QuestionAnswerExample>
{
    /// <inheritdoc/>
    public IReadOnlyList<PassageWindow> Windows(string question, string passage, ITokenizer tokenizer) =>
        PassageWindows.Of(question, passage, tokenizer, ContextLength);

    /// <summary>
    /// A passage that does not fit into the context is divided into windows. In training, one of them is drawn at random each time;
    /// otherwise, it is the first one that contains an answer. The first of several answers in a window is the target; without one,
    /// the target is <c>[CLS]</c>.
    /// </summary>
    /// <inheritdoc/>
    public Batch Collate(IReadOnlyList<QuestionAnswerExample> examples, CollateContext context)
    {
        ArgumentNullException.ThrowIfNull(examples);
        ArgumentNullException.ThrowIfNull(context);
        if (_spans is null)
            throw new DataException($"The examples are questions about passages, but the head is '{_head}'. Use the head " +
                $"'{BertHeads.QuestionAnswering}'.");
        ITokenizer tokenizer = Tokenizer(context);
        var windows = new PassageWindow[examples.Count];
        var starts = new long[examples.Count];
        var ends = new long[examples.Count];
        foreach ((int row, QuestionAnswerExample example) in examples.Index())
        {
            IReadOnlyList<PassageWindow> all = Windows(example.Question, example.Passage, tokenizer);
            PassageWindow window = windows[row] = context.Training
                ? all[(int)context.Random.Fork("window").Fork(row).Next(all.Count)]
                : all.FirstOrDefault(each => Target(each, example) is not null) ?? all[0];
            (starts[row], ends[row]) = Target(window, example) ?? (0, 0);
        }

        using DisposeScope scope = torch.NewDisposeScope();
        Dictionary<string, Tensor> tensors = Rows(windows, tokenizer);
        tensors[BatchNames.StartPositions] = torch.tensor(starts);
        tensors[BatchNames.EndPositions] = torch.tensor(ends);
        return new Batch(tensors, examples.Count, examples.Count) { RowTargets = [.. examples.Select(_ => 1L)] };
    }

    /// <inheritdoc/>
    public Batch CollateWindows(IReadOnlyList<PassageWindow> windows, ITokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(windows);
        ArgumentNullException.ThrowIfNull(tokenizer);
        using DisposeScope scope = torch.NewDisposeScope();
        return new Batch(Rows(windows, tokenizer), windows.Count, targets: 0);
    }

    /// <inheritdoc/>
    /// <exception cref="ModelException">The model has a different head.</exception>
    public Tensor SpanLogits(Batch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        if (_spans is null)
            throw Missing("spans of a passage", BertHeads.QuestionAnswering);
        using DisposeScope scope = torch.NewDisposeScope();
        return Spans(Tokens(batch)).MoveToOuterDisposeScope();
    }

    private static (int First, int Last)? Target(PassageWindow window, QuestionAnswerExample example) =>
        example.Answers.Select(window.Locate).FirstOrDefault(place => place is not null);

    // The row of each window: [B, T] in the current dispose scope.
    private Dictionary<string, Tensor> Rows(IReadOnlyList<PassageWindow> windows, ITokenizer tokenizer)
    {
        long passageType = tokenizer.Frame(pair: true).SecondType;
        if (_options.TypeVocabularySize <= passageType)
            throw new DataException("Questions with passages need 2 segments, but 'typeVocabularySize' is 1. Use another model.");
        long[][] rows = [.. windows.Select(window => window.Ids.Select(id => (long)id).ToArray())];
        foreach (long[] row in rows)
            CheckIds(row);
        int length = rows.Max(row => row.Length);
        var tensors = new Dictionary<string, Tensor>
        {
            [BatchNames.InputIds] = Pad(rows, length, _options.PadToken ?? 0),
            [BatchNames.TokenTypeIds] = Pad(
                [.. windows.Select(window => window.Ids.Select((_, at) => at < window.PassageStart ? 0 : passageType).ToArray())],
                length, 0),
        };
        if (rows.Any(row => row.Length < length))
            tensors[BatchNames.AttentionMask] = Pad([.. rows.Select(row => Enumerable.Repeat(1L, row.Length).ToArray())], length, 0);
        return tensors;
    }

    // [B, T, E] -> float32 [B, T, 2]
    private Tensor Spans(Tensor tokens)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return _spans!.call(tokens).to(torch.ScalarType.Float32).MoveToOuterDisposeScope();
    }

    // [B, T, 2], [B] and [B] -> []
    private static Tensor SpanLoss(Tensor logits, Tensor starts, Tensor ends)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor first = CrossEntropy.Mean(logits.select(2, 0), starts);
        Tensor last = CrossEntropy.Mean(logits.select(2, 1), ends);
        return ((first + last) / 2).MoveToOuterDisposeScope();
    }
}
