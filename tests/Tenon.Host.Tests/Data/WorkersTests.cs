using Tenon.Host.Data;

namespace Tenon.Host.Tests.Data;

public sealed class WorkersTests
{
    [Fact]
    public void Every_index_is_done_once()
    {
        int[] done = new int[1000];

        Workers.For(done.Length, index => Interlocked.Increment(ref done[index]));

        done.Should().OnlyContain(times => times == 1);
    }

    [Fact]
    public void The_failure_with_the_lowest_index_is_reported_unchanged()
    {
        for (int attempt = 0; attempt < 20; attempt++)
        {
            Action run = () => Workers.For(200, index =>
            {
                if (index is 7 or 60 or 199)
                    throw new DataException($"example {index} is damaged");
            });

            run.Should().Throw<DataException>().WithMessage("example 7 is damaged");
        }
    }

    [Fact]
    public void Work_can_be_cancelled()
    {
        Action run = () => Workers.For(10, _ => { }, new CancellationToken(canceled: true));

        run.Should().Throw<OperationCanceledException>();
    }
}
