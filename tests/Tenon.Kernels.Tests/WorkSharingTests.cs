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
}
