namespace Tenon.Kernels.Tests;

/// <summary>Attention of one new token per row to the rows of a cache.</summary>
public sealed class CachedAttentionTests : IDisposable
{
    private const int Slots = 40, PrefixLength = 3;
    private static readonly int[] _lengths = [0, 30, 7];
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(4, 4, 8, int.MaxValue)]
    [InlineData(6, 2, 72, int.MaxValue)] // 72: eight vectors at a time, and one alone
    [InlineData(6, 1, 16, 5)]
    [InlineData(4, 2, 64, 1)]
    public void Results_equal_the_formula_and_keys_and_values_are_stored(int queryHeads, int heads, int size, int window)
    {
        using torch.Generator seeded = torch.manual_seed(3);
        Tensor query = torch.randn(3, queryHeads, size), key = torch.randn(3, heads, size), value = torch.randn(3, heads, size);
        Tensor keys = torch.randn(3, heads, Slots, size), values = torch.randn(3, heads, Slots, size);

        Tensor result = Attend(query, key, value, keys, values, window);

        for (int row = 0; row < 3; row++)
        {
            int end = PrefixLength + _lengths[row] + 1, start = Math.Max(0, end - window);
            keys[row, .., end - 1].Equals(key[row]).Should().BeTrue();
            values[row, .., end - 1].Equals(value[row]).Should().BeTrue();
            for (int head = 0; head < queryHeads; head++)
            {
                Tensor k = keys[row, head / (queryHeads / heads), start..end].to(torch.ScalarType.Float64);
                Tensor v = values[row, head / (queryHeads / heads), start..end].to(torch.ScalarType.Float64);
                Tensor expected = (k.mv(query[row, head].to(torch.ScalarType.Float64)) * 0.3).softmax(0).unsqueeze(0).mm(v).squeeze(0);
                (result[row, head] - expected).abs().max().item<double>().Should().BeLessThan(2e-6);
            }
        }
    }

    [Fact]
    public void The_number_of_threads_does_not_matter()
    {
        Tensor query = torch.randn(3, 8, 64), key = torch.randn(3, 4, 64), value = torch.randn(3, 4, 64);
        Tensor keys = torch.randn(3, 4, Slots, 64), values = torch.randn(3, 4, Slots, 64);
        Threads.ShouldNotMatter(() => Attend(query, key, value, keys, values, int.MaxValue));
    }

    private static Tensor Attend(Tensor query, Tensor key, Tensor value, Tensor keys, Tensor values, int window)
    {
        Tensor result = torch.empty_like(query);
        var attention = new CachedAttention(
            TensorAddress.Of(query), TensorAddress.Of(key), TensorAddress.Of(value),
            TensorAddress.Of(keys), TensorAddress.Of(values), TensorAddress.Of(result))
        {
            QueryHeads = (int)query.size(1),
            Heads = (int)key.size(1),
            Size = (int)query.size(2),
            QueryStride = (int)(query.size(1) * query.size(2)),
            KeyStride = (int)(key.size(1) * key.size(2)),
            Slots = Slots,
            PrefixLength = PrefixLength,
            Lengths = _lengths,
            Scale = 0.3f,
            Window = window,
        };
        attention.Run(torch.get_num_threads());
        return result;
    }
}
