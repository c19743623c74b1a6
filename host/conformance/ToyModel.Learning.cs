using TorchSharp;
using static TorchSharp.torch;

namespace Tenon.Conformance;

/// <content>Batches of text examples, scores of texts, and actions.</content>
internal partial class ToyModel : ICollate<LabelledTextExample>, ICollate<PromptExample>, IRewardModel
{
    public int BlockLength => 13;

    public int BlockOverlap => 1;

    public int FeatureSize => Size;

    public virtual Batch Collate(IReadOnlyList<TokenBlock> examples, CollateContext context) =>
        Pad([.. examples.Select(e => (e.Ids.ToArray(), 1))], examples.Count);

    public virtual Batch Collate(IReadOnlyList<PromptExample> examples, CollateContext context) =>
        Pad([.. examples.Select(e => Respond(context, e.Prompt, e.Response))], examples.Count);

    /// <summary>Chosen responses in the first half of the rows, rejected ones in the second.</summary>
    public virtual Batch Collate(IReadOnlyList<PreferenceExample> examples, CollateContext context) =>
        Pad([.. examples.Select(e => Respond(context, e.Prompt, e.Chosen)),
            .. examples.Select(e => Respond(context, e.Prompt, e.Rejected))], examples.Count);

    /// <summary>Collates texts, each after a start token, so that a text without letters also has a row.</summary>
    public virtual Batch Collate(IReadOnlyList<TextOutcome> outcomes, CollateContext context) => Pad(
        [.. outcomes.Select(o => ((int[])[context.Tokenizer!.Special.Classify ?? 0, .. Respond(context, o.Prompt, o.Response).Ids], 1))],
        outcomes.Count);

    public virtual Tensor Rewards(Batch batch)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor logits = ClassLogits(batch); // [B, 2]
        return (logits.select(1, 0) - logits.select(1, 1)).MoveToOuterDisposeScope();
    }

    public virtual Batch Collate(IReadOnlyList<LabelledTextExample> examples, CollateContext context)
    {
        // Preceded by a space, so that an empty text also has a token.
        using Batch text = Pad([.. examples.Select(e => (Ids(context, $" {e.Text} "), 1))], examples.Count);
        return new Batch(
            new Dictionary<string, Tensor>
            {
                [BatchNames.InputIds] = text[BatchNames.InputIds].clone(),
                [BatchNames.AttentionMask] = text[BatchNames.AttentionMask].clone(),
                [BatchNames.Labels] = tensor(examples.Select(e => (long)e.Label).ToArray()),
            },
            examples.Count, examples.Count);
    }

    public virtual Rollout Sample(Batch inputs, SamplingOptions options, SeededRandom random)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor prompts = inputs[BatchNames.InputIds].narrow(1, 0, Math.Min(3, inputs[BatchNames.InputIds].size(1)));
        (int count, int length) = ((int)prompts.size(0), (int)prompts.size(1));
        using var batch = new GenerationBatch(
            this, options with { MaxNewTokens = Math.Min(options.MaxNewTokens, ContextLength - length) }, endOfText: [],
            keepLogProbabilities: true);
        GenerationRow[] rows =
        [
            .. Enumerable.Range(0, count)
                .Select(row => batch.Add([.. prompts[row].cpu().data<long>().Select(id => (int)id)], random.Fork(BatchPart.Place(row)))),
        ];
        while (batch.Rows.Count > 0)
            batch.Step();

        long steps = rows[0].Tokens.Count;
        Device device = prompts.device;
        Tensor taken = tensor(rows.SelectMany(row => row.Tokens.Select(id => (long)id)).ToArray(), device: device).view(count, steps);
        Tensor logProbabilities = tensor(rows.SelectMany(row => row.LogProbabilities).ToArray(), device: device).view(count, steps);
        Tensor ids = cat([prompts, taken], 1), labels = ids.narrow(1, 1, length + steps - 1).clone();
        labels.narrow(1, 0, length - 1).fill_(BatchNames.Ignored);
        var states = new Batch(
            new Dictionary<string, Tensor>
            {
                [BatchNames.InputIds] = ids.narrow(1, 0, length + steps - 1).clone(),
                [BatchNames.Labels] = labels,
            },
            count, count * steps);
        return new Rollout(states, logProbabilities.clone(), ones([count, steps], device: device));
    }

    public virtual PolicyEvaluation Evaluate(Rollout rollout, SamplingOptions options)
    {
        using DisposeScope scope = NewDisposeScope();
        long steps = rollout.Mask.size(1);
        Tensor labels = rollout.States[BatchNames.Labels];
        long first = labels.size(1) - steps;
        Tensor hidden = Hidden(rollout.States[BatchNames.InputIds], null).narrow(1, first, steps); // [B, T, E]
        Tensor all = TokenDistribution.Logits(head.call(hidden), options).log_softmax(-1); // [B, T, V]
        return new PolicyEvaluation(
            (all.gather(2, labels.narrow(1, first, steps).clamp(min: 0).unsqueeze(2)).squeeze(2) * rollout.Mask).MoveToOuterDisposeScope(),
            (-(all.exp() * all).sum(-1L)).MoveToOuterDisposeScope(),
            hidden.MoveToOuterDisposeScope());
    }

    public virtual IReadOnlyList<TextOutcome> Outcomes(Rollout rollout, ITokenizer? tokenizer)
    {
        ITokenizer letters = tokenizer ?? new ToyTokenizer();
        using DisposeScope scope = NewDisposeScope();
        Tensor labels = rollout.States[BatchNames.Labels];
        return [.. Enumerable.Range(0, (int)labels.size(0)).Select(row =>
        {
            int[] taken = [.. labels[row].data<long>().Where(id => id != BatchNames.Ignored).Select(id => (int)id)];
            int[] prompt = [.. rollout.States[BatchNames.InputIds][row].data<long>().SkipLast(taken.Length - 1).Select(id => (int)id)];
            return new TextOutcome(letters.Decode(prompt), letters.Decode(taken), Ended: false);
        })];
    }

    private static int[] Ids(CollateContext context, string text) =>
        [.. (context.Tokenizer ?? throw new DataException("Text needs a tokenizer. Set one in the recipe's 'tokenizer'.")).Encode(text)];

    private static (int[] Ids, int FirstTarget) Respond(CollateContext context, string prompt, string response)
    {
        int[] start = Ids(context, prompt);
        return ([.. start, .. Ids(context, response), context.Tokenizer!.Special.EndOfText ?? 0], start.Length);
    }

    // Inputs and the tokens that follow them; tokens before the first target, and padding, do not contribute to the loss.
    private static Batch Pad(IReadOnlyList<(int[] Ids, int FirstTarget)> rows, int examples)
    {
        int length = rows.Max(r => r.Ids.Length) - 1;
        long[] ids = new long[rows.Count * length], mask = new long[ids.Length], labels = new long[ids.Length];
        Array.Fill(labels, BatchNames.Ignored);
        for (int row = 0; row < rows.Count; row++)
        {
            for (int t = 0; t < rows[row].Ids.Length - 1; t++)
            {
                int at = row * length + t;
                (ids[at], mask[at]) = (rows[row].Ids[t], 1);
                if (t + 1 >= rows[row].FirstTarget)
                    labels[at] = rows[row].Ids[t + 1];
            }
        }

        long[] shape = [rows.Count, length];
        return new Batch(
            new Dictionary<string, Tensor>
            {
                [BatchNames.InputIds] = tensor(ids, shape),
                [BatchNames.AttentionMask] = tensor(mask, shape),
                [BatchNames.Labels] = tensor(labels, shape),
            },
            examples, labels.LongCount(l => l != BatchNames.Ignored));
    }
}
