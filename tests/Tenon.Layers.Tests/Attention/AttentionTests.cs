namespace Tenon.Layers.Tests;

/// <summary>Attention with groups of heads, windows and padding against the plain formula in float64.</summary>
public sealed class AttentionTests : IDisposable
{
    private const int Batch = 2, Heads = 6, HeadSize = 8;

    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(6, 10, 10, null, false)] // plain products
    [InlineData(2, 10, 10, null, false)]
    [InlineData(1, 10, 10, 4, true)]
    [InlineData(3, 4, 10, 3, true)]
    [InlineData(2, 1, 10, 4, true)] // one query: torch's kernel
    [InlineData(2, 520, 520, null, false)] // long: torch's kernel
    [InlineData(3, 520, 520, 100, true)]
    public void Results_and_gradients_equal_the_formula(int keyHeads, int queries, int keys, int? window, bool padded)
    {
        using torch.Generator seeded = torch.manual_seed(2);
        Tensor query = torch.randn(Batch, Heads, queries, HeadSize, requires_grad: true);
        Tensor key = torch.randn(Batch, keyHeads, keys, HeadSize, requires_grad: true);
        Tensor value = torch.randn(Batch, keyHeads, keys, HeadSize, requires_grad: true);
        Tensor? mask = padded ? torch.ones([Batch, keys], torch.ScalarType.Int64) : null;
        if (mask is not null)
            mask[1, ..2] = 0;
        Tensor weight = torch.randn(Batch, Heads, queries, HeadSize);
        Tensor? bias = AttentionMask.Create(queries, keys, causal: true, mask, torch.ScalarType.Float32, torch.CPU, window: window);

        Tensor found = Attention.Apply(query, key, value, new Autocast(), bias, scale: 0.3);
        Tensor[] gradients = [.. torch.autograd.grad([(found * weight).sum()], [query, key, value])];

        Tensor[] wide = [.. new[] { query, key, value }.Select(each => each.detach().to(torch.ScalarType.Float64).requires_grad_())];
        Tensor expected = Formula(wide[0], wide[1], wide[2], 0.3, window, padded ? 2 : 0);
        // Queries that are padding attend to nothing; their results mean nothing.
        int first = padded && queries == keys ? 2 : 0;
        Goldens.Difference(found.narrow(2, first, queries - first), expected.narrow(2, first, queries - first)).Should().BeLessThan(2e-6);
        using (torch.no_grad())
        using (InferenceMode.Enter())
        {
            Tensor untracked = Attention.Apply(query, key, value, new Autocast(), bias, scale: 0.3);
            Goldens.Difference(untracked.narrow(2, first, queries - first), expected.narrow(2, first, queries - first))
                .Should().BeLessThan(2e-6);
        }

        if (first > 0)
        {
            weight = weight.clone();
            weight[1, .., ..first] = 0;
            gradients = [.. torch.autograd.grad(
                [(Attention.Apply(query, key, value, new Autocast(), bias, scale: 0.3) * weight).sum()], [query, key, value])];
        }

        IList<Tensor> reference = torch.autograd.grad([(expected * weight.to(torch.ScalarType.Float64)).sum()], wide);
        foreach ((Tensor gradient, Tensor formula) in gradients.Zip(reference))
            Goldens.Difference(gradient, formula).Should().BeLessThan(2e-5);
    }

    [Fact]
    public void The_scale_and_causal_attention_follow_the_formula_in_either_precision()
    {
        torch.manual_seed(2);
        Tensor[] qkv = [torch.randn([1, 2, 5, 4]), torch.randn([1, 2, 5, 4]), torch.randn([1, 2, 5, 4])];
        Tensor mask = AttentionMask.Create(5, 5, causal: true, keyMask: null, torch.ScalarType.Float32, torch.CPU)!;
        Tensor expected = torch.matmul((torch.matmul(qkv[0], qkv[1].transpose(2, 3)) * 0.2 + mask).softmax(-1), qkv[2]);

        Goldens.Difference(Attention.Apply(qkv[0], qkv[1], qkv[2], new Autocast(), mask, scale: 0.2), expected).Should().BeLessThan(1e-6);
        Goldens.Difference(Attention.Apply(qkv[0], qkv[1], qkv[2], new Autocast(), causal: true, scale: 0.2), expected).Should()
            .BeLessThan(1e-6);
        var half = new Autocast { Type = torch.ScalarType.BFloat16 };
        Goldens.Difference(Attention.Apply(qkv[0], qkv[1], qkv[2], half, causal: true, scale: 0.2), expected).Should().BeLessThan(0.03);
        Action misshapen = () => Attention.Apply(qkv[0], qkv[1].narrow(3, 0, 3), qkv[2], half);
        misshapen.Should().Throw<ModelException>().WithMessage("Attention takes*[1, 2, 5, 3]*");
    }

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(2, 6, 9)]
    [InlineData(1, 6, 1)]
    [InlineData(1, 1, 9)]
    public void Without_gradients_a_bias_is_broadcast_and_heads_may_be_views(int rows, int heads, int queries)
    {
        using torch.Generator seeded = torch.manual_seed(4);
        using IDisposable untracked = torch.no_grad(), inference = InferenceMode.Enter();
        // One tensor with queries, keys and values side by side, as a joined projection makes them.
        Tensor joined = torch.randn(Batch, 9, 3 * Heads * HeadSize);
        Tensor[] qkv = [.. joined.chunk(3, -1).Select(part => MultiHead.Split(part, HeadSize))];
        Tensor bias = torch.randn(rows, heads, queries, 9);

        Tensor found = Attention.Apply(qkv[0], qkv[1], qkv[2], new Autocast(), bias, scale: 0.3);

        Tensor[] wide = [.. qkv.Select(part => part.to(torch.ScalarType.Float64))];
        Tensor expected = torch.matmul((torch.matmul(wide[0], wide[1].transpose(2, 3)) * 0.3 + bias).softmax(-1), wide[2]);
        Goldens.Difference(found, expected).Should().BeLessThan(2e-6);
        Goldens.Difference(MultiHead.Merge(found), MultiHead.Merge(expected)).Should().BeLessThan(2e-6);
        if (rows == 1 && heads == 1)
        {
            found = Attention.Apply(qkv[0], qkv[1], qkv[2], new Autocast(), bias[0, 0], scale: 0.3);
            Goldens.Difference(found, expected).Should().BeLessThan(2e-6);
        }
    }

    [Theory]
    [InlineData(2, 2, "rows, 1")] // halves of the batch, then of the heads
    [InlineData(2, 6, "1, heads")]
    [InlineData(1, 1, "1, heads")] // of the queries
    [InlineData(1, 2, "none")]
    public void Without_a_graph_many_scores_are_computed_in_parts(int batch, int keyHeads, string biased)
    {
        using torch.Generator seeded = torch.manual_seed(6);
        const int length = 310; // 6 · 310² scores are more than are computed at a time
        Tensor query = torch.randn(batch, Heads, length, HeadSize);
        Tensor key = torch.randn(batch, keyHeads, length, HeadSize), value = torch.randn(batch, keyHeads, length, HeadSize);
        Tensor? bias = biased switch
        {
            "rows, 1" => torch.randn(batch, 1, length, length),
            "1, heads" => torch.randn(1, Heads, length, length),
            _ => null,
        };
        Tensor whole = Attention.Apply(query, key, value, new Autocast(), bias, causal: bias is null);

        using var untracked = torch.no_grad();
        Tensor parts = Attention.Apply(query, key, value, new Autocast(), bias, causal: bias is null);

        parts.shape.Should().Equal(whole.shape);
        Goldens.Difference(parts, whole).Should().BeLessThan(2e-6);
        Goldens.Difference(MultiHead.Merge(parts), MultiHead.Merge(whole)).Should().BeLessThan(2e-6);
    }

    [Fact]
    public void Groups_in_bfloat16_equal_repeated_heads()
    {
        using torch.Generator seeded = torch.manual_seed(3);
        var autocast = new Autocast { Type = torch.ScalarType.BFloat16 };
        Tensor query = torch.randn(Batch, Heads, 7, HeadSize);
        Tensor key = torch.randn(Batch, 2, 7, HeadSize), value = torch.randn(Batch, 2, 7, HeadSize);

        Tensor grouped = Attention.Apply(query, key, value, autocast, causal: true);
        Tensor repeated = Attention.Apply(query, key.repeat_interleave(3, 1), value.repeat_interleave(3, 1), autocast, causal: true);

        Goldens.Difference(grouped, repeated).Should().BeLessThan(0.02);
    }

    [Fact]
    public void A_number_of_heads_that_is_not_a_multiple_of_the_key_heads_is_rejected()
    {
        Tensor query = torch.zeros(1, 6, 2, 8), key = torch.zeros(1, 4, 2, 8);
        FluentActions.Invoking(() => Attention.Apply(query, key, key, new Autocast()))
            .Should().Throw<ModelException>().WithMessage("*H a multiple of Hkv*[1, 6, 2, 8], [1, 4, 2, 8]*");
    }

    [Theory]
    [InlineData(1, 3, 2, "0 1 1")]
    [InlineData(3, 3, 2, "1 0 0|1 1 0|0 1 1")]
    [InlineData(2, 4, 1, "0 0 1 0|0 0 0 1")]
    [InlineData(2, 3, 3, "1 1 0|1 1 1")]
    public void A_window_hides_keys_before_it(int queries, int keys, int window, string attended)
    {
        Tensor? bias = AttentionMask.Create(
            queries, keys, causal: true, keyMask: null, torch.ScalarType.Float32, torch.CPU, window: window);
        string found = string.Join('|', Enumerable.Range(0, queries).Select(row =>
            string.Join(' ', bias![row].data<float>().Select(number => number == 0 ? 1 : 0))));
        found.Should().Be(attended);
    }

    // softmax(scale·q·k) over the attended keys, head by head: query head h reads key head h / group.
    private static Tensor Formula(Tensor query, Tensor key, Tensor value, double scale, int? window, int hiddenInSecondRow)
    {
        int queries = (int)query.size(2), keys = (int)key.size(2), group = (int)(query.size(1) / key.size(1));
        var attends = new bool[2, 1, queries, keys];
        for (int row = 0; row < 2; row++)
        {
            for (int i = 0; i < queries; i++)
            {
                int position = keys - queries + i;
                for (int j = 0; j < keys; j++)
                    attends[row, 0, i, j] = j <= position && j > position - (window ?? keys) && (row == 0 || j >= hiddenInSecondRow);
            }
        }

        Tensor hidden = torch.tensor(attends).logical_not();
        IEnumerable<Tensor> heads = Enumerable.Range(0, (int)query.size(1)).Select(head =>
        {
            Tensor q = query.narrow(1, head, 1), k = key.narrow(1, head / group, 1), v = value.narrow(1, head / group, 1);
            Tensor scores = (q.matmul(k.transpose(2, 3)) * scale).masked_fill(hidden, -1e30);
            return scores.softmax(-1).matmul(v);
        });
        return torch.cat([.. heads], 1);
    }
}
