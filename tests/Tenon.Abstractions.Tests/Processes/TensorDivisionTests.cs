using TorchSharp;

namespace Tenon.Abstractions.Tests.Processes;

public sealed class TensorDivisionTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(0, 1, 2)]
    [InlineData(0, 1, 4)]
    [InlineData(1, 1, 3)]
    [InlineData(1, 3, 2)]
    public void Parts_together_are_the_whole(int dimension, int parts, int ranks)
    {
        torch.Tensor whole = torch.arange(10 * 12, torch.ScalarType.Float32).view(10, 12);
        var division = new TensorDivision(dimension, whole.size(dimension), parts);
        torch.Tensor together = torch.full_like(whole, -1);
        for (int rank = 0; rank < ranks; rank++)
        {
            torch.Tensor own = division.Take(whole, rank, ranks);
            own.shape.Should().Equal(division.ShapeOf(whole.shape, rank, ranks));
            own.is_contiguous().Should().BeTrue();
            division.WholeShape(own.shape).Should().Equal(whole.shape);
            division.Put(together, own, rank, ranks);
        }

        together.Equals(whole).Should().BeTrue();
    }

    [Fact]
    public void A_process_gets_a_range_of_each_part()
    {
        torch.Tensor whole = torch.tensor((long[])[0, 1, 2, 3, 10, 11, 12, 13]);
        var division = new TensorDivision(0, 8, Parts: 2);

        division.Take(whole, rank: 1, ranks: 2).data<long>().ToArray().Should().Equal(2, 3, 12, 13);
    }

    [Fact]
    public void Ranges_differ_by_at_most_1()
    {
        var division = new TensorDivision(0, 257);
        (long First, long Count)[] ranges = [.. Enumerable.Range(0, 4).Select(rank => division.RangeOf(rank, 4))];

        ranges.Should().Equal((0, 64), (64, 64), (128, 64), (192, 65));
    }
}
