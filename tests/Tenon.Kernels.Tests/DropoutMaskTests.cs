namespace Tenon.Kernels.Tests;

public sealed class DropoutMaskTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(1_000_003)]
    public void Elements_are_0_or_the_given_number_in_the_given_share(int count)
    {
        Tensor mask = DropoutMask.Create([count], dropped: DropoutMask.Steps / 4, kept: 1.5f, key: 9);

        mask.shape.Should().Equal(count);
        mask.data<float>().Where(number => number is not (0 or 1.5f)).Should().BeEmpty();
        if (count > 1_000_000)
            mask.eq(0).to(torch.ScalarType.Float64).mean().item<double>().Should().BeApproximately(0.25, 0.0025);
    }

    [Fact]
    public void The_key_alone_determines_the_mask()
    {
        Threads.ShouldNotMatter(() => DropoutMask.Create([3, 100_001], 20_000, 1, key: 5));
        DropoutMask.Create([1000], 20_000, 1, key: 5).Equals(DropoutMask.Create([1000], 20_000, 1, key: 6)).Should().BeFalse();
    }

    [Theory]
    [InlineData(1, 37)]
    [InlineData(2, 37)]
    [InlineData(1, 4096)]
    public void Parts_of_a_batch_are_parts_of_its_mask(int blocks, int width)
    {
        const int Rows = 12, Own = 3;
        Tensor whole = DropoutMask.Create([blocks * Rows, width], 20_000, 1, key: 5).view(blocks, Rows, width);
        for (int first = 0; first < Rows; first += Own)
        {
            using IDisposable rows = BatchPart.Enter(new BatchPart(first, Own, Rows, blocks));
            Tensor part = DropoutMask.Create([blocks * Own, width], 20_000, 1, key: 5).view(blocks, Own, width);
            part.Equals(whole.narrow(1, first, Own)).Should().BeTrue("rows from {0} are those of the whole mask", first);
        }
    }

    [Theory]
    [InlineData(5, 7)]
    [InlineData(64, 64)]
    public void Parts_of_the_second_dimension_are_parts_of_the_mask(int queries, int keys)
    {
        const int Rows = 6, Own = 2, Heads = 6, OwnHeads = 3;
        Tensor whole = DropoutMask.Create([Rows, Heads, queries, keys], 20_000, 1, key: 5);
        for (int head = 0; head < Heads; head += OwnHeads)
        {
            Tensor heads = DropoutMask.Create([Rows, OwnHeads, queries, keys], 20_000, 1, key: 5, (head, Heads));
            heads.Equals(whole.narrow(1, head, OwnHeads)).Should().BeTrue("heads from {0} are those of the whole mask", head);
            for (int first = 0; first < Rows; first += Own)
            {
                using IDisposable rows = BatchPart.Enter(new BatchPart(first, Own, Rows));
                Tensor part = DropoutMask.Create([Own, OwnHeads, queries, keys], 20_000, 1, key: 5, (head, Heads));
                part.Equals(heads.narrow(0, first, Own)).Should().BeTrue("also rows from {0}", first);
            }
        }
    }
}
