namespace Tenon.Layers;

/// <content>The outputs of transformers' <c>…ForConditionalGeneration</c> classes, under the same names.</content>
public abstract partial class EncoderDecoderModel
{
    /// <summary>
    /// <c>logits</c>, <c>loss</c> (of <c>labels</c>), <c>encoder_last_hidden_state</c>, <c>encoder_hidden_states.N</c> and
    /// <c>decoder_hidden_states.N</c> from <c>input_ids</c>, <c>attention_mask</c> and <c>decoder_input_ids</c>;
    /// <c>logits_decoder_masked</c> with <c>decoder_attention_mask</c>, whose padding takes up positions as in transformers.
    /// </summary>
    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, Tensor> Outputs(
        IReadOnlyDictionary<string, Tensor> inputs, IReadOnlySet<string> requested)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        using var outputs = new NamedOutputs(inputs, requested);
        Tensor? mask = outputs.Find(BatchNames.AttentionMask);
        List<Tensor> encoderStates = [], decoderStates = [];
        Tensor encoded = _encoder.Forward(outputs.Input(BatchNames.InputIds), mask, encoderStates, Prompt?.Embeddings);
        outputs.Add("encoder_last_hidden_state", () => encoded);
        outputs.AddEach("encoder_hidden_states", encoderStates);
        if (outputs.Find(BatchNames.DecoderInputIds) is not { } decoderIds)
            return outputs.Take();

        var pass = new CausalPass { Sources = Read(encoded, mask), Prompt = Prefix, PositionsSkipPadding = false };
        Tensor logits = Head(Decode(decoderIds, pass with { HiddenStates = decoderStates })); // [B, T, V]
        outputs.Add("logits", () => logits);
        outputs.AddEach("decoder_hidden_states", decoderStates);
        if (outputs.Find(BatchNames.Labels) is { } labels)
            outputs.Add("loss", () => CrossEntropy.Mean(logits.reshape(-1, VocabularySize), labels.reshape(-1)));
        if (outputs.Find("decoder_attention_mask") is { } decoderMask)
            outputs.Add("logits_decoder_masked", () => Head(Decode(decoderIds, pass with { AttentionMask = decoderMask })));
        return outputs.Take();
    }
}
