namespace Tenon.Kernels.Tests;

/// <summary>Attention of many queries, with each tile.</summary>
public sealed class TiledAttentionTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(4, 4, 25, 25, 32)]
    [InlineData(4, 2, 12, 32, 64)]
    [InlineData(6, 1, 2, 71, 40)]
    [InlineData(2, 2, 30, 7, 5)]
    [InlineData(1, 1, 1, 1, 1)]
    public void Results_equal_the_formula(int queryHeads, int heads, int queries, int keys, int size)
    {
        using torch.Generator seeded = torch.manual_seed(3);
        Tensor query = torch.randn(2, queryHeads, queries, size), key = torch.randn(2, heads, keys, size);
        Tensor value = torch.randn(2, heads, keys, size), bias = torch.randn(2, queryHeads, queries, keys);
        // The last key of the first sequence is padding.
        if (keys > 1)
            bias[0, .., .., keys - 1] = -1e30f;

        Tensor scores = query.to(torch.ScalarType.Float64).matmul(Wide(key).transpose(2, 3)) * 0.3;
        Tensor expected = (scores + bias).softmax(-1).matmul(Wide(value)).transpose(1, 2);
        Near(Attend<Avx512Tile>(query, key, value, bias), expected);
        Near(Attend<Avx2Tile>(query, key, value, bias), expected);
        Near(Attend<Avx2Tile>(query, key, value, null), scores.softmax(-1).matmul(Wide(value)).transpose(1, 2));

        Tensor Wide(Tensor shared) => shared.to(torch.ScalarType.Float64).repeat_interleave(queryHeads / heads, 1);
    }

    [Fact]
    public void The_number_of_threads_does_not_matter()
    {
        Tensor query = torch.randn(3, 4, 20, 16), key = torch.randn(3, 2, 33, 16), value = torch.randn(3, 2, 33, 16);
        Threads.ShouldNotMatter(() => Attend<Avx2Tile>(query, key, value, null));
    }

    private static Tensor Attend<TTile>(Tensor query, Tensor key, Tensor value, Tensor? bias)
        where TTile : struct, IProductTile
    {
        (long rows, long heads, long queries, long size) = (query.size(0), query.size(1), query.size(2), query.size(3));
        Tensor result = torch.full([rows, queries, heads, size], float.NaN);
        new TiledAttention(
            TensorAddress.Of(query), TensorAddress.Of(key), TensorAddress.Of(value), bias is null ? 0 : TensorAddress.Of(bias),
            TensorAddress.Of(result))
        {
            Rows = (int)rows,
            QueryHeads = (int)heads,
            Heads = (int)key.size(1),
            Queries = (int)queries,
            Keys = (int)key.size(2),
            Size = (int)size,
            Scale = 0.3f,
            QueryStrides = Strides(query),
            KeyStrides = Strides(key),
            ValueStrides = Strides(value),
            BiasStrides = bias is null ? default : Strides(bias),
        }.Run<TTile>(torch.get_num_threads());
        return result;
    }

    private static HeadStrides Strides(Tensor heads) =>
        new((nint)(heads.size(1) * heads.size(2) * heads.size(3)), (nint)(heads.size(2) * heads.size(3)), (nint)heads.size(3));

    private static void Near(Tensor found, Tensor expected) =>
        (found - expected).abs().max().to(torch.ScalarType.Float64).item<double>().Should().BeLessThan(3e-6);
}
