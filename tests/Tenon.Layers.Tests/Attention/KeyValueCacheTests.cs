namespace Tenon.Layers.Tests;

/// <summary>Rows of a cache: what is stored where, and which keys a new token attends to.</summary>
public class KeyValueCacheTests
{
    private const int Heads = 2, HeadSize = 8;

    [Fact]
    public void Rows_are_added_reordered_repeated_and_removed()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using KeyValueCache cache = New(rows: 2), other = New(rows: 1);
        Fill(cache, [3, 1], first: 0);
        Fill(other, [2], first: 100);

        cache.Add(other);
        cache.Lengths.Should().Equal(3, 1, 2);
        cache.Select([2, 0, 0]);
        cache.Lengths.Should().Equal(2, 3, 3);
        Stored(cache).Should().BeEquivalentTo(new[] { new[] { 100, 101 }, [0, 1, 2], [0, 1, 2] });

        cache.Truncate(1, 1);
        cache.Select([1]);
        cache.Add(other);
        Stored(cache).Should().BeEquivalentTo(new[] { new[] { 0 }, [100, 101] });
        cache.Select([]);
        cache.Lengths.Should().BeEmpty();
        cache.Add(other);
        Stored(cache).Should().BeEquivalentTo(new[] { new[] { 100, 101 } });
        Stored(other).Should().BeEquivalentTo(new[] { new[] { 100, 101 } }, "a cache whose rows are added is left unchanged");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Tokens_of_rows_of_different_lengths_attend_to_their_own_row(int tokens)
    {
        using torch.Generator seeded = torch.manual_seed(4);
        using DisposeScope scope = torch.NewDisposeScope();
        using var noGrad = torch.no_grad();
        using KeyValueCache cache = New(rows: 3);
        Tensor[] past = [Random(4), Random(1), Random(2)];
        StoreRows(cache, past);
        Tensor query = torch.randn([3, Heads, tokens, HeadSize]), added = torch.randn([3, Heads, tokens, HeadSize]);

        cache.Begin(Ids(3, tokens), attentionMask: null, virtualTokens: 0);
        Tensor together = CausalAttention.Apply(query, added, added, 0, new BlockPass { Cache = cache }, new Autocast());
        cache.Advance();

        cache.Lengths.Should().Equal(4 + tokens, 1 + tokens, 2 + tokens);
        for (int row = 0; row < 3; row++)
        {
            Tensor keys = torch.cat([past[row], added.narrow(0, row, 1)], 2);
            Tensor? mask = AttentionMask.Create(tokens, keys.size(2), causal: true, keyMask: null, torch.ScalarType.Float32, torch.CPU);
            Tensor alone = MultiHead.Merge(Attention.Apply(query.narrow(0, row, 1), keys, keys, new Autocast(), mask));
            Difference(together.narrow(0, row, 1), alone).Should().BeLessThan(1e-6);
        }
    }

    [Fact]
    public void The_kernel_attends_as_torch_does_in_rows_of_different_lengths()
    {
        using torch.Generator seeded = torch.manual_seed(5);
        using DisposeScope scope = torch.NewDisposeScope();
        using var noGrad = torch.no_grad();
        using KeyValueCache cache = New(rows: 3);
        Tensor[] past = [Random(4), Random(1), Random(2)];
        StoreRows(cache, past);
        Tensor joined = torch.randn([3, 1, 3 * Heads * HeadSize]);

        cache.Begin(Ids(3, 1), attentionMask: null, virtualTokens: 0);
        Tensor kernel = cache.Attend(0, joined, scale: 0.3)!;
        Tensor[] parts = [.. joined.chunk(3, -1).Select(part => MultiHead.Split(part, HeadSize))];
        Tensor torchs = CausalAttention.Apply(parts[0], parts[1], parts[2], 0, new BlockPass { Cache = cache }, new Autocast(), scale: 0.3);

        Difference(kernel, torchs).Should().BeLessThan(1e-6);
    }

    [Fact]
    public void Padding_on_the_left_is_not_stored()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using KeyValueCache cache = New(rows: 2);
        Pass(cache, Numbers([[9, 0, 1], [5, 6, 7]]), torch.tensor(new long[,] { { 0, 1, 1 }, { 1, 1, 1 } }));
        Pass(cache, Numbers([[2, 3], [9, 8]]), torch.tensor(new long[,] { { 1, 1 }, { 0, 1 } }));

        Stored(cache).Should().BeEquivalentTo(new[] { new[] { 0, 1, 2, 3 }, [5, 6, 7, 8] });
    }

    [Fact]
    public void Tensors_that_do_not_fit_are_rejected()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using KeyValueCache cache = New(rows: 2), smaller = New(rows: 1, capacity: 2), otherModel = New(rows: 1, heads: 3);
        Fill(cache, [3, 1], first: 0);
        Tensor holes = torch.tensor(new long[,] { { 1, 0 }, { 1, 1 } });

        Refusal(() => cache.Begin(Ids(2, 6), null, 0)).Should().Contain("holds 8 tokens").And.Contain("9 and 0 are too many");
        Refusal(() => cache.Begin(Ids(3, 1), null, 0)).Should().Contain("has 3 rows").And.Contain("has 2");
        Refusal(() => cache.Begin(Ids(2, 2), holes, 0)).Should().Contain("padding must be on the left");
        Refusal(() => smaller.Add(cache)).Should().Contain("A row of 3 tokens").And.Contain("cache of 2");
        Refusal(() => cache.Add(otherModel)).Should().Contain("another model");
        cache.Invoking(c => c.Select([2])).Should().Throw<ArgumentOutOfRangeException>();
        cache.Invoking(c => c.Truncate(1, 2)).Should().Throw<ArgumentOutOfRangeException>();
    }

    private static KeyValueCache New(int rows, int capacity = 8, int heads = Heads) =>
        new(layers: 1, rows, heads, capacity, virtualTokens: 0, HeadSize, torch.ScalarType.Float32, torch.CPU);

    private static Tensor Ids(long rows, long tokens) => torch.zeros([rows, tokens], torch.ScalarType.Int64);

    private static Tensor Random(int tokens) => torch.randn([1, Heads, tokens, HeadSize]);

    private static double Difference(Tensor a, Tensor b) => (a - b).abs().max().item<float>();

    private static string Refusal(Action act) => act.Should().Throw<ModelException>().Which.Message;

    // Keys whose every dimension is a number: [B, H, T, D].
    private static Tensor Numbers(float[][] rows) =>
        torch.stack(rows.Select(row => torch.tensor(row)), 0).view(rows.Length, 1, -1, 1).expand(-1, Heads, -1, HeadSize).contiguous();

    private static void Pass(KeyValueCache cache, Tensor keys, Tensor? mask = null)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        cache.Begin(Ids(keys.size(0), keys.size(2)), mask, virtualTokens: 0);
        cache.Extend(0, keys, keys);
        cache.Advance();
    }

    // Rows of the numbers first, first + 1, ….
    private static void Fill(KeyValueCache cache, int[] lengths, float first)
    {
        int longest = lengths.Max();
        Pass(
            cache,
            Numbers([.. lengths.Select(length => Enumerable.Range(0, longest).Select(t => first + t).ToArray())]));
        foreach ((int row, int length) in lengths.Index())
            cache.Truncate(row, length);
    }

    private static void StoreRows(KeyValueCache cache, Tensor[] rows)
    {
        long longest = rows.Max(row => row.size(2));
        Pass(cache, torch.cat([.. rows.Select(row => torch.cat([row, torch.zeros([1, Heads, longest - row.size(2), HeadSize])], 2))], 0));
        foreach ((int index, Tensor row) in rows.Index())
            cache.Truncate(index, (int)row.size(2));
    }

    // The numbers that a further token would attend to in each row.
    private static int[][] Stored(KeyValueCache cache)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        int[] lengths = [.. cache.Lengths];
        Tensor next = torch.full([lengths.Length, Heads, 1, HeadSize], -1f);
        cache.Begin(Ids(lengths.Length, 1), null, 0);
        Tensor keys = cache.Extend(0, next, next).Keys;
        return [.. lengths.Select((length, row) => keys[row, 0, ..length, 0].data<float>().Select(number => (int)number).ToArray())];
    }
}
