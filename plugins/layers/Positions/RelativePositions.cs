namespace Tenon.Layers;

/// <summary>
/// A learned bias on attention scores for each head and bucket of relative positions (Raffel et al. 2019, section 2.1). Half of the
/// buckets are single distances; the others grow logarithmically up to a maximum distance.
/// </summary>
/// <param name="table">One vector of H numbers for each bucket. Owned by the caller.</param>
/// <param name="maxDistance">Distances from this one on share a bucket.</param>
/// <param name="bidirectional">Whether keys after a query have their own half of the buckets; otherwise they count as distance 0.</param>
public sealed class RelativePositions(Embedding table, int maxDistance, bool bidirectional)
{
    /// <summary>The bias of all positions of an encoder's input.</summary>
    /// <param name="length">Number of positions, S.</param>
    /// <returns>float32 [1, H, S, S] in the current dispose scope.</returns>
    public Tensor Encoder(long length)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor positions = torch.arange(length, torch.ScalarType.Int64, table.Weight.device);
        return Bias(positions, positions).MoveToOuterDisposeScope();
    }

    /// <summary>The bias of a decoder's pass.</summary>
    /// <param name="positions">int64 [N] or [B, N]: positions of the queries. Not disposed.</param>
    /// <param name="pass">The pass, whose cache may have keys before them.</param>
    /// <returns>float32 [1 or B, H, N, keys] in the current dispose scope.</returns>
    public Tensor Decoder(Tensor positions, CausalPass pass)
    {
        ArgumentNullException.ThrowIfNull(positions);
        ArgumentNullException.ThrowIfNull(pass);
        using DisposeScope scope = torch.NewDisposeScope();
        bool isFirst = pass.Cache is null or { IsEmpty: true };
        Tensor keys = pass.Cache?.KeyPositions(positions) ?? positions;
        int prefix = isFirst ? VirtualTokens.Prefixed(pass.Prompt) : 0;
        if (prefix > 0)
        {
            // Keys of virtual tokens precede those of this pass; the cache contains them afterwards.
            Tensor front = torch.arange(prefix, torch.ScalarType.Int64, positions.device); // [P]
            keys = torch.cat([keys.ndim == 1 ? front : front.unsqueeze(0).expand(keys.size(0), -1), keys], -1);
        }

        return Bias(positions, keys).MoveToOuterDisposeScope();
    }

    // [Q] or [B, Q], and [K] or [B, K] -> [1 or B, H, Q, K]
    private Tensor Bias(Tensor queries, Tensor keys)
    {
        Tensor relative = keys.unsqueeze(-2) - queries.unsqueeze(-1); // [(B,) Q, K]
        Tensor bias = table.call(Buckets(relative)); // -> [(B,) Q, K, H]
        return bias.ndim == 3 ? bias.permute(2, 0, 1).unsqueeze(0) : bias.permute(0, 3, 1, 2);
    }

    // In float32, so that distances at the edge of a bucket fall into the same one as in the reference implementation.
    private Tensor Buckets(Tensor relative)
    {
        long count = table.Weight.size(0);
        Tensor first = torch.zeros_like(relative);
        if (bidirectional)
        {
            count /= 2;
            first = relative.gt(0).to(torch.ScalarType.Int64) * count;
        }

        Tensor distance = bidirectional ? relative.abs() : (-relative).clamp(min: 0);
        long single = count / 2;
        Tensor logarithm = (distance.to(torch.ScalarType.Float32) / single).log() / Math.Log((double)maxDistance / single);
        // The logarithm of distance 0 is not used.
        Tensor wide = (logarithm * (count - single)).clamp(min: 0).to(torch.ScalarType.Int64) + single;
        return first + torch.where(distance.lt(single), distance, wide.clamp(max: count - 1));
    }
}
