using Tenon.Layers;

namespace Tenon.Bert;

/// <content>The outputs of transformers' BERT classes, under the same names.</content>
public sealed partial class BertModel
{
    /// <summary>
    /// <c>logits</c> (<c>prediction_logits</c> and <c>seq_relationship_logits</c> for <c>pre-training</c>), <c>loss</c> if there
    /// are <c>labels</c>, <c>last_hidden_state</c>, <c>hidden_states.N</c>, <c>pooler_output</c> if the head has a pooler, and
    /// <c>logits_defaults</c>, computed from <c>input_ids</c> alone. With virtual tokens in the input, outputs start with them,
    /// as in PEFT. For <c>question-answering</c>, <c>start_logits</c> and <c>end_logits</c> replace <c>logits</c>, and <c>loss</c>
    /// needs <c>start_positions</c> and <c>end_positions</c>.
    /// </summary>
    /// <inheritdoc/>
    public IReadOnlyDictionary<string, Tensor> Outputs(IReadOnlyDictionary<string, Tensor> inputs, IReadOnlySet<string> requested)
    {
        using var outputs = new NamedOutputs(inputs, requested);
        Tensor inputIds = outputs.Input(BatchNames.InputIds);
        List<Tensor> states = [];
        Tensor hidden = _encoder.Forward(inputIds, new BertPass
        {
            AttentionMask = outputs.Find(BatchNames.AttentionMask),
            TokenTypeIds = outputs.Find(BatchNames.TokenTypeIds),
            Prompt = _prompt.Prompt,
            HiddenStates = states,
        });
        outputs.Add("last_hidden_state", () => hidden);
        outputs.AddEach("hidden_states", states);
        if (_head == BertHeads.QuestionAnswering)
        {
            AddSpans(outputs, VirtualTokens.Without(hidden, inputIds.size(1)));
            return outputs.Take();
        }

        Tensor logits = Logits(hidden);
        bool pairs = _head == BertHeads.PreTraining;
        outputs.Add(pairs ? "prediction_logits" : "logits", () => logits);
        if (BertHeads.HasPooler(_head))
            outputs.Add("pooler_output", () => _encoder.Pool(hidden));
        if (pairs)
            outputs.Add("seq_relationship_logits", () => Follows(hidden));
        if (outputs.Find(BatchNames.Labels) is { } labels)
            outputs.Add("loss", () => OutputLoss(hidden, logits, labels, outputs.Find(BatchNames.NextSentenceLabel)));
        outputs.Add("logits_defaults", () => Logits(_encoder.Forward(inputIds, new BertPass { Prompt = _prompt.Prompt })));
        return outputs.Take();
    }

    // [B, N, E] -> [B, N, vocabulary], [B, N, classes] or [B, classes]
    private Tensor Logits(Tensor hidden)
    {
        if (_predictions is not null)
            return Decode(hidden);
        return Classify(_head == BertHeads.SequenceClassification ? _encoder.Pool(hidden) : hidden);
    }

    private void AddSpans(NamedOutputs outputs, Tensor tokens)
    {
        Tensor logits = Spans(tokens); // [B, T, E] -> [B, T, 2]
        outputs.Add("start_logits", () => logits.select(2, 0));
        outputs.Add("end_logits", () => logits.select(2, 1));
        if (outputs.Find(BatchNames.StartPositions) is { } starts && outputs.Find(BatchNames.EndPositions) is { } ends)
            outputs.Add("loss", () => SpanLoss(logits, starts, ends));
    }

    // [B, N, E] -> float32 [B, 2]
    private Tensor Follows(Tensor hidden) => _nextSentence!.call(_encoder.Pool(hidden)).to(torch.ScalarType.Float32);

    private Tensor OutputLoss(Tensor hidden, Tensor logits, Tensor labels, Tensor? follows)
    {
        if (_head == BertHeads.SequenceClassification)
            return CrossEntropy.Mean(logits, labels);
        Tensor predictions = VirtualTokens.Without(logits, labels.size(1)).reshape(-1, logits.size(2)); // [B, N, C] -> [B·T, C]
        Tensor loss = CrossEntropy.Mean(predictions, labels.reshape(-1));
        return follows is null || _nextSentence is null ? loss : loss + CrossEntropy.Mean(Follows(hidden), follows);
    }
}
