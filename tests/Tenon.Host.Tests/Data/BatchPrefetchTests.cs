using Tenon.Host.Data;
using Tenon.Host.Tests.Training;

namespace Tenon.Host.Tests.Data;

[Collection("torch")]
public sealed class BatchPrefetchTests
{
    [Fact]
    public void Batches_come_in_the_order_asked_for_and_a_few_are_made_ahead()
    {
        var source = new TinyBatches(4);
        LiveTensors.LeftBy(() =>
        {
            using var ahead = new BatchPrefetch(source, 3);
            foreach (long index in new long[] { 5, 6, 7, 20, 21, 3 })
            {
                using Batch batch = ahead.Get(index), expected = TinyBatches.Rows(index * 4, 4);
                TinyClassifier.Values(batch[BatchNames.PixelValues]).Should()
                    .Equal(TinyClassifier.Values(expected[BatchNames.PixelValues]));
            }

            ahead.Waited.Should().BeGreaterThan(TimeSpan.Zero);
        }).Should().Be(0);

        // Six were taken; each of the three starts may have had three waiting and one in the worker's hands.
        source.Made.Should().BeLessThanOrEqualTo(6 + 3 * (3 + 1));
    }

    [Fact]
    public void What_the_source_throws_reaches_the_caller_at_its_batch_and_can_be_tried_again()
    {
        bool broken = true;
        var source = new TinyBatches(4, failure: index => index == 2 && broken ? new DataException("example 9 is broken") : null);
        using var ahead = new BatchPrefetch(source, 2);
        ahead.Get(0).Dispose();
        ahead.Get(1).Dispose();
        Action third = () => ahead.Get(2);
        third.Should().Throw<DataException>().WithMessage("example 9 is broken");
        third.Should().Throw<DataException>();
        broken = false;
        ahead.Get(2).Dispose();
    }
}
