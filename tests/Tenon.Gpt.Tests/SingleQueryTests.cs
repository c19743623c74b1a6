using Tenon.Layers;

namespace Tenon.Gpt.Tests;

public class SingleQueryTests
{
    [Theory]
    [InlineData(1, 1, 1, 8, "none")]
    [InlineData(1, 12, 137, 64, "none")]
    [InlineData(1, 3, 9, 16, "all rows")]
    [InlineData(3, 2, 50, 24, "each row")]
    public void Attention_of_one_query_is_the_formula(int batch, int heads, int keys, int size, string masked)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using var noGrad = torch.no_grad();
        torch.manual_seed(3);
        // As generation has them: the query cut out of a map's result, keys and values the used part of a buffer.
        Tensor query = torch.randn([batch, 1, 3 * heads * size]).chunk(3, -1)[1].view(batch, 1, heads, size).transpose(1, 2);
        Tensor key = torch.randn([batch, heads, keys + 5, size]).narrow(2, 0, keys);
        Tensor value = torch.randn([batch, heads, keys + 5, size]).narrow(2, 0, keys);
        Tensor? mask = masked == "none" ? null : Hidden(masked == "each row" ? batch : 1, keys);

        Tensor scores = torch.matmul(query, key.transpose(2, 3)) * 0.3;
        Tensor expected = torch.matmul((mask is null ? scores : scores + mask).softmax(-1), value);

        Tensor found = Attention.Apply(query, key, value, new Autocast(), mask, scale: 0.3);
        found.shape.Should().Equal(batch, heads, 1, size);
        Goldens.Difference(found, expected).Should().BeLessThan(2e-6);
        LiveTensors.LeftBy(() => Attention.Apply(query, key, value, new Autocast(), mask, scale: 0.3).Dispose()).Should().Be(0);
    }

    [Fact]
    public void A_query_that_sees_nothing_gives_numbers()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using var noGrad = torch.no_grad();
        Tensor query = torch.randn([1, 2, 1, 8]), key = torch.randn([1, 2, 4, 8]);
        Tensor mask = AttentionMask.Create(1, 4, causal: false, torch.zeros([1, 4], torch.ScalarType.Int64), torch.ScalarType.Float32, torch.CPU)!;
        Goldens.Difference(Attention.Apply(query, key, key, new Autocast(), mask), key.mean([2L], keepdim: true)).Should().BeLessThan(1e-6);
    }

    [Fact]
    public void Gradients_flow_where_they_are_asked_for()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor query = torch.randn([1, 2, 1, 8]).requires_grad_(), key = torch.randn([1, 2, 4, 8]);
        Attention.Apply(query, key, key, new Autocast()).sum().backward();
        query.grad!.abs().sum().item<float>().Should().BePositive();
    }

    // float32 [rows, 1, 1, keys]: the first key of the first row is not seen, nor the first two of the second, and so on.
    private static Tensor Hidden(int rows, int keys)
    {
        var counts = new long[rows, keys];
        for (int row = 0; row < rows; row++)
        {
            for (int key = 0; key < keys; key++)
                counts[row, key] = key > row ? 1 : 0;
        }

        return AttentionMask.Create(1, keys, causal: true, torch.tensor(counts), torch.ScalarType.Float32, torch.CPU)!;
    }
}
