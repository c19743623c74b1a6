namespace Tenon.Layers;

/// <summary>Embeds a text as the mean of its tokens' states, as for sentence embeddings (Reimers and Gurevych 2019, section 3).</summary>
public static class MeanPooling
{
    /// <summary>The mean over the tokens that count.</summary>
    /// <param name="hidden">float32 [B, T, E]. Not disposed.</param>
    /// <param name="attentionMask">int64 [B, T], 1 where a token counts, or null if all tokens count. Not disposed.</param>
    /// <returns>float32 [B, E] in the current dispose scope; zeros for a text in which no token counts.</returns>
    public static Tensor Apply(Tensor hidden, Tensor? attentionMask)
    {
        ArgumentNullException.ThrowIfNull(hidden);
        if (attentionMask is null)
            return hidden.mean([1L]); // [B, T, E] -> [B, E]
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor weights = attentionMask.unsqueeze(2).to(hidden.dtype); // [B, T, 1]
        return ((hidden * weights).sum(1L) / weights.sum(1L).clamp(min: 1)).MoveToOuterDisposeScope();
    }
}
