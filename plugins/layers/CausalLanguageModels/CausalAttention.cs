namespace Tenon.Layers;

/// <summary>The attention of a block of a <see cref="CausalTransformer"/> between its heads' maps and its output map.</summary>
public static class CausalAttention
{
    /// <summary>Attends to the preceding tokens, including those of prefix and cache.</summary>
    /// <param name="query">[B, Hq, N, D], rotated. Not disposed.</param>
    /// <param name="key">[B, H, N, D], rotated; Hq is a multiple of H. Not disposed.</param>
    /// <param name="value">[B, H, N, D]. Not disposed.</param>
    /// <param name="layer">Index of the layer.</param>
    /// <param name="pass">The inputs of the block.</param>
    /// <param name="autocast">Data type of matrix products.</param>
    /// <param name="scale">Scale of the attention scores, or null for 1/√D.</param>
    /// <param name="dropout">Probability of dropping an attention weight; 0 outside training.</param>
    /// <returns>[B, N, Hq·D] in the autocast's type, or in float32 from the cache's kernel, in the current dispose scope.</returns>
    public static Tensor Apply(
        Tensor query, Tensor key, Tensor value, int layer, BlockPass pass, Autocast autocast, double? scale = null, double dropout = 0)
    {
        ArgumentNullException.ThrowIfNull(pass);
        ArgumentNullException.ThrowIfNull(autocast);
        using DisposeScope scope = torch.NewDisposeScope();
        if (pass is { Cache: { } held, Prefix: null, HasPositionBias: false } && dropout == 0
            && held.Attend(layer, query, key, value, scale ?? 1 / Math.Sqrt(query.size(3)), pass.Window) is { } stepped)
        {
            return stepped.MoveToOuterDisposeScope();
        }

        if (pass.Cache is { } cache)
            (key, value) = cache.Extend(layer, Prepend(0, key), Prepend(1, value)); // -> [B, H, past + N, D]
        else
            (key, value) = (Prepend(0, key), Prepend(1, value)); // -> [B, H, prefix + N, D]
        Tensor? cachedBias = pass.HasPositionBias ? null : pass.Cache?.AttentionBias(autocast.Type, pass.Window);
        Tensor? attentionBias = cachedBias ?? pass.AttentionBias;
        return MultiHead.Merge(Attention.Apply(query, key, value, autocast, attentionBias, pass.IsCausal, scale, dropout, pass.Heads))
            .MoveToOuterDisposeScope();

        Tensor Prepend(int part, Tensor tensor) => pass.Prefix is { } prefix ? VirtualTokens.Prepend(prefix[part], tensor) : tensor;
    }
}
