using Tenon.Host.Training.Parallel;

namespace Tenon.Host.Tests.Training.Parallel;

public sealed class FlatLayoutTests
{
    private static readonly long[] Sizes = [1, 5000, 2048, 3, 100_000, 4096];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Every_element_belongs_to_one_rank(int ranks)
    {
        var layout = new FlatLayout(Sizes, ranks, bucketElements: 1 << 14);
        layout.Buckets.Should().HaveCountGreaterThan(1);
        FlatPiece[] pieces = [.. layout.Buckets.SelectMany(bucket => bucket.Pieces).SelectMany(of => of)];

        for (int parameter = 0; parameter < Sizes.Length; parameter++)
        {
            long next = 0;
            foreach (FlatPiece piece in pieces.Where(piece => piece.Parameter == parameter).OrderBy(piece => piece.Start))
            {
                piece.Start.Should().Be(next);
                next += piece.Length;
            }

            next.Should().Be(Sizes[parameter]);
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void Pieces_stay_inside_the_part_of_their_rank_and_begin_at_whole_units(int ranks)
    {
        var layout = new FlatLayout(Sizes, ranks, bucketElements: 1 << 14);
        foreach (FlatBucket bucket in layout.Buckets)
        {
            (bucket.Part % FlatLayout.Unit).Should().Be(0);
            foreach ((int rank, IReadOnlyList<FlatPiece> pieces) in bucket.Pieces.Index())
            {
                foreach (FlatPiece piece in pieces)
                {
                    piece.Offset.Should().BeGreaterThanOrEqualTo(rank * bucket.Part);
                    (piece.Offset + piece.Length).Should().BeLessThanOrEqualTo((rank + 1) * bucket.Part);
                    (piece.Offset % FlatLayout.Unit).Should().Be(0);
                    (piece.Start % FlatLayout.Unit).Should().Be(0);
                }
            }
        }
    }

    [Fact]
    public void Padding_is_less_than_a_unit_for_each_parameter_and_rank() =>
        new FlatLayout(Sizes, ranks: 4).Total.Should().BeLessThan(Sizes.Sum() + (Sizes.Length + 4) * FlatLayout.Unit);
}
