using TorchSharp;
using Tensor = TorchSharp.torch.Tensor;

namespace Tenon.Abstractions.Tests.Processes;

public sealed class BatchPartTests
{
    [Fact]
    public void Rows_of_all_parts_are_the_batch()
    {
        using Batch batch = Numbers(rows: 6, blocks: 1);
        using Batch first = batch.Rows(0, 2), rest = batch.Rows(2, 4);

        (first.Targets, rest.Targets, first.Examples, rest.Examples).Should().Be((3, 18, 2, 4));
        first.RowTargets.Should().Equal(1, 2);
        first["x"].data<long>().Concat(rest["x"].data<long>()).Should().Equal(batch["x"].data<long>());
        rest["scale"].item<float>().Should().Be(0.5f);
    }

    [Fact]
    public void Rows_of_pairs_keep_both_members()
    {
        using Batch batch = Numbers(rows: 3, blocks: 2);
        using Batch second = batch.Rows(1, 1);

        // Three better texts, then three worse ones, with two numbers each.
        second["x"].data<long>().Should().Equal(2, 3, 8, 9);
    }

    [Fact]
    public void A_batch_without_row_targets_cannot_be_divided()
    {
        using var batch = new Batch(new Dictionary<string, Tensor> { ["x"] = torch.zeros(4) }, 4, 4);
        Action divide = () => batch.Rows(0, 2);
        divide.Should().Throw<InvalidOperationException>().WithMessage("*RowTargets*");
    }

    [Fact]
    public void A_tensor_that_does_not_consist_of_rows_is_named()
    {
        using var batch = new Batch(new Dictionary<string, Tensor> { ["odd"] = torch.zeros(5) }, 4, 4) { RowTargets = [1, 1, 1, 1] };
        Action divide = () => batch.Rows(0, 2);
        divide.Should().Throw<InvalidOperationException>().WithMessage("The batch has 4 rows, but 'odd' has the shape [5].");
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(1, 3)]
    [InlineData(2, 3)]
    public void Numbers_that_parts_draw_are_those_of_the_whole_batch(int blocks, int each)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        const int Total = 6, Parts = 3;
        long[] whole = Drawn([blocks * Total * each, 2]).data<long>().ToArray();
        List<long>[] byBlock = [.. Enumerable.Range(0, blocks).Select(_ => new List<long>())];
        for (int part = 0; part < Parts; part++)
        {
            using IDisposable rows = BatchPart.Enter(new BatchPart(part * 2, 2, Total, blocks));
            long[] own = Drawn([blocks * 2 * each, 2]).data<long>().ToArray();
            for (int block = 0; block < blocks; block++)
                byBlock[block].AddRange(own.Chunk(own.Length / blocks).ElementAt(block));
        }

        byBlock.SelectMany(block => block).Should().Equal(whole);
        BatchPart.Current.Should().BeNull();
    }

    [Fact]
    public void A_process_alone_gets_its_own_values()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        ICommunicator alone = new SingleProcess();
        Tensor numbers = torch.arange(6), gathered = torch.zeros([6], torch.ScalarType.Int64);
        alone.AllReduce(numbers);
        alone.Broadcast(numbers);
        alone.ReduceScatter(gathered, numbers);
        alone.Barrier();
        gathered.data<long>().Should().Equal(0, 1, 2, 3, 4, 5);
        using ICommunicator part = alone.Split(color: 0, key: 0);
        (part.Rank, part.Size).Should().Be((0, 1));
        Action send = () => alone.Send(numbers, 0);
        send.Should().Throw<InvalidOperationException>();
    }

    private static Tensor Drawn(long[] shape) => BatchPart.Draw(
        shape, all => torch.arange(all.Aggregate(1L, (product, size) => product * size), dtype: torch.ScalarType.Int64).view(all));

    private static Batch Numbers(int rows, int blocks) => new(
        new Dictionary<string, Tensor>
        {
            ["x"] = torch.arange(rows * blocks * 2, dtype: torch.ScalarType.Int64).view(rows * blocks, 2),
            ["scale"] = torch.tensor(0.5f),
        },
        rows, rows * (rows + 1) / 2)
    { RowTargets = [.. Enumerable.Range(1, rows).Select(row => (long)row)] };
}
