namespace Tenon.Layers;

/// <content>The outputs of transformers' <c>…ForCausalLM</c> classes, under the same names.</content>
public abstract partial class CausalLanguageModel
{
    // Tokens that `generated` adds to `prompt`, greedily.
    private const int GeneratedTokens = 20;

    /// <summary>
    /// <c>logits</c>, <c>loss</c> (of <c>labels</c>), <c>loss_labels_eq_input_ids</c>, <c>last_hidden_state</c>,
    /// <c>hidden_states.N</c> and <c>logits_masked</c> from <c>input_ids</c>; <c>generated</c>, 20 greedy tokens without the end of text,
    /// from <c>prompt</c>; <c>logits_left</c> from <c>input_ids</c>, <c>attention_mask_left</c> (padding on the left) and
    /// <c>position_ids_left</c>, 0 at padding. An <c>attention_mask</c> applies to <c>logits_masked</c> alone if that is requested,
    /// and to all outputs otherwise. Labels are shifted internally, and with virtual tokens all outputs start with them, as in PEFT.
    /// </summary>
    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, Tensor> Outputs(
        IReadOnlyDictionary<string, Tensor> inputs, IReadOnlySet<string> requested)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        using var outputs = new NamedOutputs(inputs, requested);
        if (outputs.Find(BatchNames.InputIds) is { } inputIds)
            AddForward(outputs, inputIds);
        if (outputs.Find("prompt") is { } prompt)
            outputs.Add("generated", () => Greedy(prompt, GeneratedTokens));
        return outputs.Take();
    }

    private void AddForward(NamedOutputs outputs, Tensor inputIds)
    {
        Tensor? mask = outputs.Find(BatchNames.AttentionMask);
        var states = new List<Tensor>();
        // Positions are counted as transformers does by default, including padding.
        var pass = new CausalPass { PositionsSkipPadding = false, Prompt = Prompt };
        Tensor? applied = outputs.IsRequested("logits_masked") ? null : mask;
        Tensor hidden = _transformer.Forward(inputIds, pass with { AttentionMask = applied, HiddenStates = states });
        Tensor logits = Head(hidden); // [B, N, E] -> [B, N, vocabulary]

        outputs.Add("logits", () => logits);
        outputs.Add("last_hidden_state", () => hidden);
        outputs.AddEach("hidden_states", states);
        if (outputs.Find(BatchNames.Labels) is { } labels)
            outputs.Add("loss", () => ShiftedLoss(logits, labels));
        outputs.Add("loss_labels_eq_input_ids", () => ShiftedLoss(logits, inputIds));
        if (mask is not null)
            outputs.Add("logits_masked", () => Head(_transformer.Forward(inputIds, pass with { AttentionMask = mask })));
        if (outputs.Find("attention_mask_left") is { } left)
            outputs.Add("logits_left", () => LeftPadded(inputIds, left, outputs.Find("position_ids_left")));
    }

    // What a padded position has attended to is arbitrary.
    private Tensor LeftPadded(Tensor inputIds, Tensor mask, Tensor? positions)
    {
        var pass = new CausalPass { AttentionMask = mask, PositionIds = positions, Prompt = Prompt };
        return Head(Hidden(inputIds, pass)) * mask.unsqueeze(-1);
    }

    // Position t predicts label t + 1; virtual tokens at the start have no labels.
    private static Tensor ShiftedLoss(Tensor logits, Tensor labels)
    {
        long lead = logits.size(1) - labels.size(1);
        long first = Math.Max(0, lead - 1);
        long count = logits.size(1) - 1 - first;
        Tensor predictions = logits.narrow(1, first, count).reshape(-1, logits.size(2));
        return CrossEntropy.Mean(predictions, labels.narrow(1, labels.size(1) - count, count).reshape(-1));
    }
}
