namespace Tenon.Layers;

/// <summary>
/// A classifier of texts: a network that turns a text into a vector, and a linear map to the classes, <c>classifier</c>. Architectures
/// derive from it and add only their network. It is also a policy of one step, whose action is the class.
/// </summary>
public abstract class TextClassifier
    : NamedModule, IClassifier, ICollate<LabelledTextExample>, IPolicy<ChoiceOutcome>
{
    /// <summary>The state name of the head.</summary>
    public const string HeadName = "classifier";

    private readonly double _dropout;
    private readonly Linear _classifier;

    /// <summary>Creates the model without its network.</summary>
    /// <param name="name">Name of the class.</param>
    /// <param name="labels">Names of the classes.</param>
    /// <param name="texts">Makes the batches.</param>
    /// <param name="featureSize">Size of a text's vector, E.</param>
    /// <param name="dropout">Probability of dropping an element of the vector in training, in [0, 1).</param>
    /// <param name="context">Device and autocast of the model.</param>
    protected TextClassifier(
        string name, IReadOnlyList<string> labels, PaddedTexts texts, int featureSize, double dropout, BuildContext context)
        : base(name)
    {
        ArgumentNullException.ThrowIfNull(labels);
        (Labels, Texts, FeatureSize, _dropout) = (labels, texts, featureSize, dropout);
        register_module(HeadName, _classifier = new Linear(featureSize, labels.Count, context));
        Initialization.Normal(_classifier.Weight, 1 / Math.Sqrt(featureSize));
    }

    /// <inheritdoc/>
    public torch.nn.Module Module => this;

    /// <inheritdoc/>
    public IReadOnlyList<string> Labels { get; }

    /// <summary>The size of the vector that the head reads.</summary>
    /// <inheritdoc/>
    public int FeatureSize { get; }

    /// <summary>Makes the batches.</summary>
    protected PaddedTexts Texts { get; }

    /// <summary>The cross-entropy of the classes.</summary>
    /// <inheritdoc/>
    public virtual Tensor Loss(Batch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        using DisposeScope scope = torch.NewDisposeScope();
        return CrossEntropy.Mean(ClassLogits(batch), batch[BatchNames.Labels]).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public virtual Tensor ClassLogits(Batch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        using DisposeScope scope = torch.NewDisposeScope();
        return Classify(Features(batch[BatchNames.InputIds], batch.Find(BatchNames.AttentionMask))).MoveToOuterDisposeScope();
    }

    /// <summary>Texts are truncated to the context length.</summary>
    /// <inheritdoc/>
    public virtual Batch Collate(IReadOnlyList<LabelledTextExample> examples, CollateContext context) =>
        Texts.Collate(examples, Labels, context);

    /// <summary>
    /// <c>logits</c> from <c>input_ids</c> and <c>attention_mask</c>, and <c>loss</c> if there are <c>labels</c>.
    /// </summary>
    /// <inheritdoc/>
    public virtual IReadOnlyDictionary<string, Tensor> Outputs(
        IReadOnlyDictionary<string, Tensor> inputs, IReadOnlySet<string> requested)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        using var outputs = new NamedOutputs(inputs, requested);
        Tensor logits = Classify(Features(outputs.Input(BatchNames.InputIds), outputs.Find(BatchNames.AttentionMask)));
        outputs.Add("logits", () => logits);
        if (outputs.Find(BatchNames.Labels) is { } labels)
            outputs.Add("loss", () => CrossEntropy.Mean(logits, labels));
        return outputs.Take();
    }

    /// <summary>Chooses a class for each text, without dropout; row i draws from <c>random.Fork(i)</c>.</summary>
    /// <inheritdoc/>
    /// <exception cref="ModelException">An option is not supported: repetition penalty, stop texts.</exception>
    public Rollout Sample(Batch inputs, SamplingOptions options, SeededRandom random) =>
        PolicySampling.Sample(this, () => ChoicePolicy.Sample(inputs, ClassLogits, options, random));

    /// <inheritdoc/>
    public PolicyEvaluation Evaluate(Rollout rollout, SamplingOptions options)
    {
        ArgumentNullException.ThrowIfNull(rollout);
        using DisposeScope scope = torch.NewDisposeScope();
        Batch states = rollout.States;
        Tensor features = Features(states[BatchNames.InputIds], states.Find(BatchNames.AttentionMask));
        return ChoicePolicy.Evaluate(rollout, Classify(features), features, options).MoveToOuterDisposeScope();
    }

    /// <summary>The chosen classes, with the correct ones if the inputs had labels.</summary>
    /// <inheritdoc/>
    public IReadOnlyList<ChoiceOutcome> Outcomes(Rollout rollout, ITokenizer? tokenizer) =>
        ChoicePolicy.Outcomes(rollout, choice => Labels[choice]);

    /// <summary>The vector of each text.</summary>
    /// <param name="inputIds">int64 [B, T], padded on the right. Not disposed.</param>
    /// <param name="attentionMask">int64 [B, T], 1 for a token and 0 for padding, or null if there is none. Not disposed.</param>
    /// <returns>float32 [B, E] in the current dispose scope.</returns>
    protected abstract Tensor Features(Tensor inputIds, Tensor? attentionMask);

    /// <summary>The classes of vectors.</summary>
    /// <param name="features">[..., E]. Not disposed.</param>
    /// <returns>float32 [..., classes] in the current dispose scope.</returns>
    protected Tensor Classify(Tensor features)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return _classifier.call(Dropout.Apply(features, _dropout, training)).to(torch.ScalarType.Float32).MoveToOuterDisposeScope();
    }
}
