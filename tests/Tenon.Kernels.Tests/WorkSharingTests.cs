namespace Tenon.Kernels.Tests;

public class WorkSharingTests
{
    [Theory]
    [InlineData(1, 5)]
    [InlineData(2, 1)]
    [InlineData(4, 1000)]
    [InlineData(2, 0)]
    public void Every_part_is_done_once_before_the_call_returns(int threads, int parts)
    {
        int[] done = new int[parts];

        WorkSharing.Do(threads, parts, part => Interlocked.Increment(ref done[part]));

        done.Where(times => times != 1).Should().BeEmpty();
    }

    [Theory]
    [InlineData(2, 10, 3)]
    [InlineData(1, 3, 10)]
    [InlineData(4, 1000, 1)]
    [InlineData(2, 0, 5)]
    public void Ranges_cover_every_item_once(int threads, int count, int each)
    {
        int[] done = new int[count];

        WorkSharing.DoRanges(threads, count, each, (first, end) =>
        {
            for (int item = first; item < end; item++)
                Interlocked.Increment(ref done[item]);
        });

        done.Where(times => times != 1).Should().BeEmpty();
    }
}
