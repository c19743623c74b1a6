namespace Tenon.Layers;

/// <content>
/// Layers that several processes divide, for architectures that divide those of their transformer and implement
/// <see cref="IDividesLayers"/> or <see cref="IDividesSequence"/>.
/// </content>
public abstract partial class CausalLanguageModel
{
    private VocabularyPart? _vocabulary;

    /// <inheritdoc cref="IDividesLayers.DividedSizes"/>
    public IReadOnlyDictionary<string, long> DividedSizes => _configuration.DividedSizes;

    /// <inheritdoc cref="IDividesLayers.Divisions"/>
    public IReadOnlyDictionary<string, TensorDivision> Divisions { get; private set; } = new Dictionary<string, TensorDivision>();

    /// <inheritdoc cref="IDividesLayers.Divide"/>
    public void Divide(ICommunicator ranks)
    {
        var layers = new LayerRanks(ranks);
        Divisions = layers.Divide(this);
        _vocabulary = new VocabularyPart(layers, VocabularySize);
    }

    /// <inheritdoc cref="IDividesSequence.DivideSequence"/>
    public void DivideSequence() => _transformer.DividesSequence = true;

    // Key/value heads of this process.
    private int CachedHeads => PromptShape.Heads / (_vocabulary?.Ranks.Size ?? 1);

    // The head's weight, and the tokens that it covers if several processes divide them.
    private (Tensor Weight, VocabularyPart? Part) HeadWeight
    {
        get
        {
            Tensor weight = _head?.Weight ?? TokenEmbeddings;
            return (weight, weight.size(0) < VocabularySize ? _vocabulary : null);
        }
    }

    // The logits of a tied model: [..., E] -> [..., V]
    private Tensor TiedLogits(Tensor hidden) => HeadWeight.Part is { } part
        ? part.Ranks.Collect(TiedProduct(part.Ranks.Enter(hidden)), VocabularySize) : TiedProduct(hidden);

    private Tensor TiedProduct(Tensor hidden) =>
        PackedHead is { } packed ? packed.Apply(hidden) : Linear.Apply(hidden, TokenEmbeddings, bias: null, _autocast);
}
