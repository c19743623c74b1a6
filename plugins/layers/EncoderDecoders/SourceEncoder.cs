namespace Tenon.Layers;

/// <summary>
/// The encoder of a model with an encoder and a decoder. An architecture adds its embedding, blocks and normalization; masks are the
/// same for all and are implemented here. B: batch, V: virtual tokens, S: positions of the source, N = V + S, E: hidden size.
/// </summary>
/// <param name="name">Name of the class.</param>
/// <param name="layers">Number of blocks.</param>
/// <param name="autocast">The model's autocast.</param>
public abstract class SourceEncoder(string name, int layers, Autocast autocast) : NamedModule(name)
{
    /// <summary>Encodes sources.</summary>
    /// <param name="inputIds">int64 [B, S]. Not disposed.</param>
    /// <param name="attentionMask">int64 [B, S], 1 for a token and 0 for padding, or null if there is none. Not disposed.</param>
    /// <param name="hiddenStates">Receives the hidden state before each block and the final one; or null.</param>
    /// <param name="virtualTokens">float32 [V, E], prepended to the embeddings; or null. Not disposed.</param>
    /// <returns>float32 [B, N, E], virtual tokens first, in the current dispose scope.</returns>
    public Tensor Forward(
        Tensor inputIds, Tensor? attentionMask, List<Tensor>? hiddenStates = null, Tensor? virtualTokens = null)
    {
        ArgumentNullException.ThrowIfNull(inputIds);
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor x = Embed(inputIds); // [B, S] -> [B, S, E]
        if (virtualTokens is not null)
            x = VirtualTokens.Embed(virtualTokens, x); // -> [B, N, E]
        x = Enter(x);
        long length = x.size(1);
        Tensor? keyMask = VirtualTokens.Widen(attentionMask, length - inputIds.size(1));
        Tensor? mask = AttentionMask.Create(length, length, causal: false, keyMask, autocast.Type, inputIds.device);
        if (PositionBias(length) is { } bias)
            mask = mask is null ? autocast.Cast(bias) : mask + autocast.Cast(bias);
        for (int layer = 0; layer < layers; layer++)
        {
            hiddenStates?.Add(x);
            x = HiddenState.Next(x, Block(layer, x, mask), keepsStates: hiddenStates is not null);
        }

        x = Normalize(x);
        hiddenStates?.ForEach(state => state.MoveToOuterDisposeScope());
        hiddenStates?.Add(x);
        return x.MoveToOuterDisposeScope();
    }

    /// <summary>Looks up the token embeddings.</summary>
    /// <param name="inputIds">int64 [B, S]. Not disposed.</param>
    /// <returns>float32 [B, S, E] in the current dispose scope.</returns>
    protected abstract Tensor Embed(Tensor inputIds);

    /// <summary>
    /// Turns embeddings into the first block's input, for example with positions, a norm or dropout. By default, does nothing.
    /// </summary>
    /// <param name="x">float32 [B, N, E]. Not disposed.</param>
    /// <returns>float32 [B, N, E] in the current dispose scope.</returns>
    protected virtual Tensor Enter(Tensor x) => x;

    /// <summary>A bias on the attention scores of all blocks (<see cref="RelativePositions"/>). Null by default.</summary>
    /// <param name="length">N.</param>
    /// <returns>float32 [1, H, N, N] in the current dispose scope, or null.</returns>
    protected virtual Tensor? PositionBias(long length) => null;

    /// <summary>Applies a block.</summary>
    /// <param name="layer">Index of the block.</param>
    /// <param name="x">float32 [B, N, E]. Not disposed.</param>
    /// <param name="attentionBias">Mask and position bias, in the type of the products; or null. Not disposed.</param>
    /// <returns>float32 [B, N, E] in the current dispose scope.</returns>
    protected abstract Tensor Block(int layer, Tensor x, Tensor? attentionBias);

    /// <summary>The last normalization. By default, does nothing.</summary>
    /// <param name="x">float32 [B, N, E]. Not disposed.</param>
    /// <returns>float32 [B, N, E] in the current dispose scope.</returns>
    protected virtual Tensor Normalize(Tensor x) => x;
}
