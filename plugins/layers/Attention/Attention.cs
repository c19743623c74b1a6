namespace Tenon.Layers;

/// <summary>Scaled dot-product attention (Vaswani et al. 2017, equation 1).</summary>
public static class Attention
{
    // Above this length the kernel is as fast, and does not keep T × T weights for the backward pass.
    private const long MaxPlainLength = 512;

    // Without a graph, plain products compute this many scores at a time, 2 MB in float32, so that those of a long prompt are never in
    // memory together.
    private const long MaxScores = 1 << 19;

    /// <summary>
    /// Whether attention runs as plain products, which keep the Tq × Tk weights of each head, instead of in torch's fused
    /// kernel. On a CPU that kernel takes twice as long in 16 bits, and up to twenty times as long in float32 for short
    /// sequences, where it calls oneDNN for a small product per head. A single query does not have this problem.
    /// </summary>
    /// <param name="autocast">Data type of matrix products.</param>
    /// <param name="device">Device of the products.</param>
    /// <param name="queries">Number of queries, Tq.</param>
    /// <param name="keys">Number of keys, Tk.</param>
    public static bool IsPlain(Autocast autocast, DeviceType device, long queries, long keys)
    {
        ArgumentNullException.ThrowIfNull(autocast);
        return device == DeviceType.CPU && (autocast.Enabled || (queries > 1 && keys <= MaxPlainLength));
    }

    /// <summary>
    /// softmax(scale·Q·Kᵀ + bias)·V for each head, in torch's fused kernel or as plain products (<see cref="IsPlain"/>). With
    /// fewer key/value heads than query heads (grouped-query attention, Ainslie et al. 2023) each of them serves H / Hkv
    /// consecutive query heads.
    /// </summary>
    /// <param name="query">[B, H, Tq, D]. Not disposed.</param>
    /// <param name="key">[B, Hkv, Tk, D], H a multiple of Hkv. Not disposed.</param>
    /// <param name="value">[B, Hkv, Tk, D]. Not disposed.</param>
    /// <param name="autocast">Data type of matrix products.</param>
    /// <param name="attentionBias">Added to the scores, in the autocast's type (<see cref="AttentionMask"/>). Not disposed.</param>
    /// <param name="causal">Whether each query attends only to itself and the keys before it. Requires Tq = Tk and no bias.</param>
    /// <param name="scale">Scale of the attention scores, or null for 1/√D.</param>
    /// <param name="dropout">Probability of dropping an attention weight; 0 outside training.</param>
    /// <param name="heads">The H heads of this process, if several divide them; otherwise null.</param>
    /// <returns>[B, H, Tq, D] in the autocast's type, in the current dispose scope.</returns>
    /// <exception cref="ModelException">The shapes do not match.</exception>
    public static Tensor Apply(
        Tensor query,
        Tensor key,
        Tensor value,
        Autocast autocast,
        Tensor? attentionBias = null,
        bool causal = false,
        double? scale = null,
        double dropout = 0,
        DimensionPart? heads = null)
    {
        CheckShapes(query, key, value, attentionBias, causal);
        using DisposeScope scope = torch.NewDisposeScope();
        double kernelScale = 1 / Math.Sqrt(query.size(3));
        Tensor q = autocast.Cast(query);
        Tensor k = autocast.Cast(key);
        Tensor v = autocast.Cast(value);
        long group = q.size(1) / k.size(1); // query heads of each key/value head

        if (dropout == 0 && ManyQueries.MayApply(q)
            && ManyQueries.Apply(q, k, v, causal ? Causal(q, k) : attentionBias, scale ?? kernelScale) is { } attended)
            return attended.MoveToOuterDisposeScope();
        // torch's kernel drops weights without regard to the rows of a batch, and the heads, that several processes divide.
        bool dropsByPlace = dropout > 0 && (q.device_type == DeviceType.CPU || BatchPart.Current is not null || heads is not null);
        if (!dropsByPlace && !IsPlain(autocast, q.device_type, q.size(2), k.size(2)))
        {
            // The kernel scales by 1/√D itself.
            if (scale is { } requested && requested != kernelScale)
                q = q * (requested / kernelScale);
            return F.scaled_dot_product_attention(q, Repeat(k, group), Repeat(v, group), attentionBias, dropout, causal)
                .MoveToOuterDisposeScope();
        }

        Tensor? bias = causal ? Causal(q, k) : attentionBias;
        q = q * (scale ?? kernelScale);
        if (torch.is_grad_enabled() || dropout > 0 || Scores(q, k) <= MaxScores)
            return Plain(q, k, v, bias, dropout, heads).MoveToOuterDisposeScope();
        Tensor result = torch.empty([q.size(0), q.size(2), q.size(1), v.size(3)], q.dtype, q.device).transpose(1, 2);
        PlainInParts(result, q, k, v, bias);
        return result.MoveToOuterDisposeScope();
    }

    // softmax(Q·Kᵀ + bias)·V -> [B, H, Tq, D]
    private static Tensor Plain(Tensor query, Tensor key, Tensor value, Tensor? bias, double dropout, DimensionPart? heads)
    {
        long group = query.size(1) / key.size(1);
        Tensor scores = Unfold(torch.matmul(Fold(query, group), key.transpose(2, 3)), group); // -> [B, H, Tq, Tk]
        Tensor weights = AttentionWeights.Of(scores, bias);
        return Unfold(torch.matmul(Fold(Dropout.Apply(weights, dropout, training: true, heads), group), value), group);
    }

    // The same in halves of the batch, then of the key/value heads, then of the queries, until a part has few scores.
    private static void PlainInParts(Tensor result, Tensor query, Tensor key, Tensor value, Tensor? bias)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        (int dimension, long count) = key.size(0) > 1 ? (0, key.size(0)) : key.size(1) > 1 ? (1, key.size(1)) : (2, query.size(2));
        if (count == 1 || Scores(query, key) <= MaxScores)
        {
            result.copy_(Plain(query, key, value, bias, dropout: 0, heads: null));
            return;
        }

        long group = dimension == 1 ? query.size(1) / key.size(1) : 1; // query heads of each key/value head
        foreach ((long first, long end) in new[] { (0L, count / 2), (count / 2, count) })
        {
            PlainInParts(Queries(result)!, Queries(query)!, Keys(key), Keys(value), Queries(bias));

            // A bias may lack the first dimensions, or have a size of 1 there.
            Tensor? Queries(Tensor? heads) => heads is null || heads.ndim < 4 - dimension || heads.size(dimension - 4) == 1
                ? heads
                : heads.narrow(dimension - 4, first * group, (end - first) * group);

            Tensor Keys(Tensor heads) => dimension == 2 ? heads : heads.narrow(dimension, first, end - first);
        }
    }

    private static long Scores(Tensor query, Tensor key) => query.size(0) * query.size(1) * query.size(2) * key.size(2);

    private static Tensor? Causal(Tensor query, Tensor key) =>
        AttentionMask.Create(query.size(2), key.size(2), causal: true, keyMask: null, query.dtype, query.device);

    // [B, H, Tq, N] -> [B, Hkv, group·Tq, N]: the queries of a group side by side, so that no key is copied.
    private static Tensor Fold(Tensor heads, long group) =>
        group == 1 ? heads : heads.reshape(heads.size(0), heads.size(1) / group, group * heads.size(2), heads.size(3));

    // [B, Hkv, group·Tq, N] -> [B, H, Tq, N]
    private static Tensor Unfold(Tensor folded, long group) =>
        group == 1 ? folded : folded.reshape(folded.size(0), folded.size(1) * group, folded.size(2) / group, folded.size(3));

    // [B, Hkv, Tk, D] -> [B, H, Tk, D]: torch's kernel requires as many key heads as query heads.
    private static Tensor Repeat(Tensor heads, long group) => group == 1 ? heads : heads.repeat_interleave(group, 1);

    // torch.matmul kills the process on mismatched shapes, so they are checked here.
    private static void CheckShapes(Tensor query, Tensor key, Tensor value, Tensor? attentionBias, bool causal)
    {
        bool fits = query.ndim == 4 && key.ndim == 4 && value.ndim == 4
            && key.size(0) == query.size(0) && key.size(1) > 0 && query.size(1) % key.size(1) == 0 && key.size(3) == query.size(3)
            && value.size(0) == key.size(0) && value.size(1) == key.size(1) && value.size(2) == key.size(2);
        if (!fits)
        {
            throw new ModelException(
                $"Attention takes query [B, H, Tq, D] with key and value [B, Hkv, Tk, D], H a multiple of Hkv; " +
                $"found [{Shape(query)}], [{Shape(key)}] and [{Shape(value)}].");
        }

        if (causal && (attentionBias is not null || query.size(2) != key.size(2)))
        {
            throw new ModelException(
                $"Causal attention without a bias needs as many queries as keys; found {query.size(2)} and {key.size(2)}" +
                $"{(attentionBias is null ? "" : ", and a bias")}. Pass only a bias created by AttentionMask.Create.");
        }
    }

    private static string Shape(Tensor tensor) => string.Join(", ", tensor.shape);
}
