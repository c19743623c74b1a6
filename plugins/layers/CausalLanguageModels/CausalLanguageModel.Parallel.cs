namespace Tenon.Layers;

/// <content>
/// Layers that several processes divide, for architectures that divide those of their transformer and implement
/// <see cref="IDividesLayers"/>.
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
    private Tensor TiedLogits(Tensor hidden)
    {
        if (HeadWeight.Part is not { } part)
            return Linear.Apply(hidden, TokenEmbeddings, bias: null, _autocast);
        return part.Ranks.Collect(Linear.Apply(part.Ranks.Enter(hidden), TokenEmbeddings, bias: null, _autocast), VocabularySize);
    }
}
