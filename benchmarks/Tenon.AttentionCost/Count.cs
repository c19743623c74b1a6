namespace Tenon.AttentionCost;

/// <summary>The cost of one attention layer for one image.</summary>
/// <param name="Maps">Multiply-adds of the four linear maps: queries, keys, values and output.</param>
/// <param name="Pairs">Multiply-adds between tokens: scores, and the weighted sums of values.</param>
/// <param name="WeightBytes">Bytes of the attention weights, which plain products keep.</param>
/// <param name="StateBytes">Bytes of input, queries, keys, values, attended values and output.</param>
internal sealed record Cost(double Maps, double Pairs, double WeightBytes, double StateBytes)
{
    /// <summary>All multiply-adds.</summary>
    public double MultiplyAdds => Maps + Pairs;
}

/// <summary>The cost of one attention layer for an image.</summary>
/// <param name="ImageSize">Height and width of the image in pixels.</param>
/// <param name="Grid">Its tokens.</param>
/// <param name="Cost">The cost.</param>
internal sealed record GridCost(int ImageSize, TokenGrid Grid, Cost Cost)
{
    /// <summary>Counts the cost.</summary>
    public static GridCost Of(int imageSize, TokenGrid grid, Layer layer) =>
        new(imageSize, grid, Count.Of(grid.Windows, grid.Length, layer));
}

/// <summary>
/// Counts the cost of attention on torch's meta device: every product is computed on tensors that have shapes but no memory, so that
/// sizes that fit into no machine can be counted.
/// </summary>
internal sealed class Count
{
    private const int BytesPerNumber = sizeof(float);
    private double _multiplyAdds;

    private Count() { }

    /// <summary>Counts softmax(Q·Kᵀ / √D)·V with its linear maps (Vaswani et al. 2017, section 3.2.2).</summary>
    /// <param name="windows">Number of windows.</param>
    /// <param name="length">Tokens in a window, T.</param>
    /// <param name="layer">The layer.</param>
    public static Cost Of(long windows, long length, Layer layer)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        var count = new Count();
        long size = layer.Hidden / layer.Heads;
        Tensor input = Meta(windows, length, layer.Hidden);
        Tensor query = Map(), key = Map(), value = Map();
        double maps = count.Take();
        Tensor weights = count.Product(query, key.transpose(2, 3)).softmax(-1); // [W, H, T, D] · [W, H, D, T] -> [W, H, T, T]
        Tensor attended = count.Product(weights, value); // -> [W, H, T, D]
        double pairs = count.Take();
        Tensor output = count.Product(attended.transpose(1, 2).reshape(windows, length, layer.Hidden), Meta(layer.Hidden, layer.Hidden));
        maps += count.Take();
        Tensor[] states = [input, query, key, value, attended, output];
        return new Cost(
            maps, pairs, (double)weights.numel() * BytesPerNumber, states.Sum(state => (double)state.numel()) * BytesPerNumber);

        // [W, T, C] -> [W, H, T, D]
        Tensor Map() => count.Product(input, Meta(layer.Hidden, layer.Hidden)).reshape(windows, length, layer.Heads, size).transpose(1, 2);
    }

    private static Tensor Meta(params long[] shape) => torch.empty(shape, torch.ScalarType.Float32, torch.META);

    // [..., N, K] · [..., K, M]: N·M·K multiply-adds.
    private Tensor Product(Tensor left, Tensor right)
    {
        Tensor result = torch.matmul(left, right);
        _multiplyAdds += (double)result.numel() * left.size(-1);
        return result;
    }

    private double Take()
    {
        (double taken, _multiplyAdds) = (_multiplyAdds, 0);
        return taken;
    }
}
