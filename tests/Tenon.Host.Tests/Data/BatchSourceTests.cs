using Tenon.Host.Data;
using TorchSharp;

namespace Tenon.Host.Tests.Data;

public class BatchSourceTests
{
    [Fact]
    public void Shows_each_example_in_each_pass_and_fills_every_batch()
    {
        BatchSource<LabelledTextExample> source = Source(10, 4, Split.Train);
        source.BatchesPerEpoch.Should().Be(3);
        for (int epoch = 0; epoch < 5; epoch++)
        {
            long[][] batches = [.. Enumerable.Range(0, 3).Select(i => Labels(source, epoch * 3 + i))];
            batches.Should().OnlyContain(b => b.Length == 4);
            batches.SelectMany(b => b).Take(10).Order().Should().Equal(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
        }
    }

    [Fact]
    public void Orders_each_pass_anew()
    {
        BatchSource<LabelledTextExample> source = Source(100, 100, Split.Train);
        Labels(source, 0).Should().NotEqual(Labels(source, 1)).And.NotBeInAscendingOrder();
    }

    [Fact]
    public void Gives_a_batch_that_is_a_function_of_its_index()
    {
        BatchSource<LabelledTextExample> one = Source(50, 8, Split.Train);
        BatchSource<LabelledTextExample> other = Source(50, 8, Split.Train);
        _ = Labels(other, 40);
        for (int i = 20; i >= 0; i--)
        {
            Labels(one, i).Should().Equal(Labels(other, i));
            Random(one, i).Should().Be(Random(other, i));
        }

        Random(one, 1).Should().NotBe(Random(one, 2));
    }

    [Fact]
    public void Gives_many_threads_the_same_batches()
    {
        BatchSource<LabelledTextExample> source = Source(50, 8, Split.Train);
        long[][] expected = [.. Enumerable.Range(0, 40).Select(i => Labels(source, i))];
        Parallel.For(0, 400, new ParallelOptions { MaxDegreeOfParallelism = 4 }, i =>
        {
            if (!Labels(source, i % 40).SequenceEqual(expected[i % 40]))
                throw new InvalidOperationException($"batch {i % 40}");
        });
    }

    [Fact]
    public void Reads_the_examples_of_a_batch_on_several_threads()
    {
        using var together = new CountdownEvent(2);
        var examples = new WaitingExamples(8, together);
        var source = new BatchSource<LabelledTextExample>(examples, new LabelCollate(), Split.Validation, DataFolder.Batches(8));

        Labels(source, 0).Should().Equal(0, 1, 2, 3, 4, 5, 6, 7);

        together.IsSet.Should().BeTrue("a second example is read while the first waits");
    }

    [Fact]
    public void Validates_on_each_example_once_in_order()
    {
        BatchSource<LabelledTextExample> source = Source(10, 4, Split.Validation);
        Enumerable.Range(0, (int)source.BatchesPerEpoch).SelectMany(i => Labels(source, i)).Should().Equal(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
        Labels(source, 3).Should().Equal(Labels(source, 0));
        Random(source, 3).Should().Be(Random(source, 0));
    }

    [Fact]
    public void Leaves_no_tensor_but_those_of_the_batch()
    {
        BatchSource<LabelledTextExample> source = Source(10, 4, Split.Train);
        source.Get(0).Dispose();
        using DisposeScope scope = torch.NewDisposeScope();
        Batch batch = source.Get(1);
        scope.DisposablesCount.Should().Be(0);
        batch.Dispose();
    }

    private static BatchSource<LabelledTextExample> Source(int examples, int size, Split split) => new(
        new ListExamples<LabelledTextExample>([.. Enumerable.Range(0, examples).Select(i => new LabelledTextExample($"{i}", i))]),
        new LabelCollate(), split, DataFolder.Batches(size));

    private static long[] Labels(BatchSource<LabelledTextExample> source, long index)
    {
        using Batch batch = source.Get(index);
        return batch[BatchNames.Labels].data<long>().ToArray();
    }

    private static long Random(BatchSource<LabelledTextExample> source, long index)
    {
        using Batch batch = source.Get(index);
        return batch["random"].item<long>();
    }
}

/// <summary>Examples of which the first two to be read wait for each other.</summary>
internal sealed class WaitingExamples(int count, CountdownEvent together) : IExamples<LabelledTextExample>
{
    private int _reads;

    public long Count => count;

    public LabelledTextExample this[long index]
    {
        get
        {
            if (Interlocked.Increment(ref _reads) <= together.InitialCount)
            {
                together.Signal();
                together.Wait(TimeSpan.FromSeconds(20));
            }

            return new LabelledTextExample($"{index}", (int)index);
        }
    }
}
