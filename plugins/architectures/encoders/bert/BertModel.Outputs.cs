using System.Globalization;
using Tenon.Layers;

namespace Tenon.Bert;

/// <content>The outputs that transformers' BERT classes name.</content>
public sealed partial class BertModel
{
    /// <summary>
    /// <c>logits</c> (<c>prediction_logits</c> and <c>seq_relationship_logits</c> for <c>pre-training</c>), <c>loss</c>
    /// where there are <c>labels</c>, <c>last_hidden_state</c>, <c>hidden_states.N</c>, <c>pooler_output</c> where the
    /// head has a pooler, and <c>logits_defaults</c>: from <c>input_ids</c> alone. With virtual tokens in the input,
    /// outputs have them in front, as PEFT's have.
    /// </summary>
    /// <inheritdoc/>
    public IReadOnlyDictionary<string, Tensor> Outputs(IReadOnlyDictionary<string, Tensor> inputs, IReadOnlySet<string> requested)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(requested);
        if (!inputs.TryGetValue(BatchNames.InputIds, out Tensor? inputIds))
            throw new ModelException($"The inputs have no '{BatchNames.InputIds}'. They have: {string.Join(", ", inputs.Keys)}.");

        using DisposeScope scope = torch.NewDisposeScope();
        var outputs = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        var states = new List<Tensor>();
        Tensor hidden = _encoder.Forward(inputIds, new BertPass
        {
            AttentionMask = inputs.GetValueOrDefault(BatchNames.AttentionMask),
            TokenTypeIds = inputs.GetValueOrDefault(BatchNames.TokenTypeIds),
            Prompt = _prompt,
            HiddenStates = states,
        });
        Tensor logits = Logits(hidden);
        bool pairs = _head == BertHeads.PreTraining;

        Add(pairs ? "prediction_logits" : "logits", () => logits);
        Add("last_hidden_state", () => hidden);
        foreach ((int index, Tensor state) in states.Index())
            Add($"hidden_states.{index.ToString(CultureInfo.InvariantCulture)}", () => state);
        if (BertHeads.HasPooler(_head))
            Add("pooler_output", () => _encoder.Pool(hidden));
        if (pairs)
            Add("seq_relationship_logits", () => Follows(hidden));
        if (inputs.TryGetValue(BatchNames.Labels, out Tensor? labels))
            Add("loss", () => OutputLoss(hidden, logits, labels, inputs.GetValueOrDefault(BatchNames.NextSentenceLabel)));
        Add("logits_defaults", () => Logits(_encoder.Forward(inputIds, new BertPass { Prompt = _prompt })));

        foreach (Tensor output in outputs.Values.Distinct())
            output.MoveToOuterDisposeScope();
        return outputs;

        void Add(string name, Func<Tensor> output)
        {
            if (requested.Contains(name))
                outputs[name] = output();
        }
    }

    // [B, N, E] -> [B, N, vocabulary], [B, N, classes] or [B, classes]
    private Tensor Logits(Tensor hidden)
    {
        if (_predictions is not null)
            return Decode(hidden);
        return Classify(_head == BertHeads.SequenceClassification ? _encoder.Pool(hidden) : hidden);
    }

    // [B, N, E] -> float32 [B, 2]
    private Tensor Follows(Tensor hidden) => _nextSentence!.call(_encoder.Pool(hidden)).to(torch.ScalarType.Float32);

    private Tensor OutputLoss(Tensor hidden, Tensor logits, Tensor labels, Tensor? follows)
    {
        if (_head == BertHeads.SequenceClassification)
            return CrossEntropy.Mean(logits, labels);
        Tensor predictions = WithoutVirtual(logits, labels).reshape(-1, logits.size(2)); // [B, N, C] -> [B·T, C]
        Tensor loss = CrossEntropy.Mean(predictions, labels.reshape(-1));
        return follows is null || _nextSentence is null ? loss : loss + CrossEntropy.Mean(Follows(hidden), follows);
    }
}
