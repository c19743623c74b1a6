using Tenon.Host.Data;

namespace Tenon.Host.Tests.Data;

public class PermutationTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(1000)]
    [InlineData(65_537)]
    public void Has_each_number_once(int count)
    {
        var order = new Permutation(count, new SeededRandom(3));
        Numbers(order).Order().Should().Equal(Enumerable.Range(0, count).Select(i => (long)i));
    }

    [Fact]
    public void Depends_on_its_seed_alone()
    {
        Numbers(new Permutation(100, new SeededRandom(1))).Should().Equal(Numbers(new Permutation(100, new SeededRandom(1))));
        Numbers(new Permutation(100, new SeededRandom(1))).Should().NotEqual(Numbers(new Permutation(100, new SeededRandom(2))));
    }

    [Fact]
    public void Puts_each_number_in_each_place_about_equally_often()
    {
        const int Count = 10;
        const int Orders = 20_000;
        int[,] times = new int[Count, Count];
        for (int seed = 0; seed < Orders; seed++)
        {
            var order = new Permutation(Count, new SeededRandom(5).Fork(seed));
            for (int i = 0; i < Count; i++)
                times[i, order[i]]++;
        }

        // 2,000 are expected in each of 100 cells; six standard deviations are about 255.
        times.Cast<int>().Should().OnlyContain(n => Math.Abs(n - Orders / Count) < 255);
    }

    [Fact]
    public void Needs_no_memory_for_a_long_order()
    {
        var order = new Permutation(1L << 40, new SeededRandom(1));
        long before = GC.GetAllocatedBytesForCurrentThread();
        long[] first = [order[0], order[1], order[(1L << 40) - 1]];
        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(10_000);
        first.Should().OnlyHaveUniqueItems().And.OnlyContain(n => n >= 0 && n < 1L << 40);
    }

    private static IEnumerable<long> Numbers(Permutation order)
    {
        for (long i = 0; i < order.Count; i++)
            yield return order[i];
    }
}
