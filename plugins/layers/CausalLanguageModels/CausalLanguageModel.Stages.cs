namespace Tenon.Layers;

/// <content>The blocks of the transformer as stages, without virtual tokens.</content>
public abstract partial class CausalLanguageModel
{
    /// <summary>The blocks of the transformer.</summary>
    /// <inheritdoc/>
    public IReadOnlyList<torch.nn.Module> Layers => _transformer.Blocks;

    /// <summary>[B, T, E], or [B, n, E] if several processes divide the sequence.</summary>
    /// <inheritdoc/>
    public IReadOnlyList<long> HiddenShape(Batch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        long[] shape = batch[BatchNames.InputIds].shape; // [B, T]
        return [shape[0], _transformer.PositionsOf(shape[1]), EmbeddingSize];
    }

    /// <inheritdoc/>
    public Tensor Stage(Batch batch, int first, int count, Tensor? hidden)
    {
        ArgumentNullException.ThrowIfNull(batch);
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor states = _transformer.Forward(
            batch[BatchNames.InputIds], PassOf(batch) with { Layers = (first, count), Entering = hidden, Prompt = null });
        return (first + count == Layers.Count ? Loss(states, batch) : states).MoveToOuterDisposeScope();
    }
}
