namespace Tenon.Layers.Images;

/// <content>
/// The classifier as a policy: a state is an image, and the single action is its class. The states of a <see cref="Rollout"/> are the
/// tensors of a batch, and <c>actions</c> is [B, 1].
/// </content>
public abstract partial class ImageClassifier : IPolicy<ChoiceOutcome>
{
    /// <summary>The size of the vector that the head reads.</summary>
    /// <inheritdoc/>
    public int FeatureSize => EmbeddingSize;

    /// <summary>Chooses a class for each image, without dropout; row i draws from <c>random.Fork(i)</c>.</summary>
    /// <inheritdoc/>
    /// <exception cref="ModelException">An option is not supported: repetition penalty, stop texts.</exception>
    public Rollout Sample(Batch inputs, SamplingOptions options, SeededRandom random) =>
        PolicySampling.Sample(this, () => ChoicePolicy.Sample(inputs, ClassLogits, options, random));

    /// <inheritdoc/>
    public PolicyEvaluation Evaluate(Rollout rollout, SamplingOptions options)
    {
        ArgumentNullException.ThrowIfNull(rollout);
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor pooled = Encode(rollout.States[BatchNames.PixelValues]).Pooled;
        return ChoicePolicy.Evaluate(rollout, Logits(pooled), pooled, options).MoveToOuterDisposeScope();
    }

    /// <summary>The chosen classes, with the correct ones if the inputs had labels.</summary>
    /// <inheritdoc/>
    public IReadOnlyList<ChoiceOutcome> Outcomes(Rollout rollout, ITokenizer? tokenizer) =>
        ChoicePolicy.Outcomes(rollout, choice => Labels[choice]);
}
