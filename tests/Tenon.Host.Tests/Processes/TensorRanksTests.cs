using Tenon.Host.Processes;
using Tenon.Host.Tests.Training.Parallel;
using static TorchSharp.torch;

namespace Tenon.Host.Tests.Processes;

[Collection("torch")]
public sealed class TensorRanksTests
{
    [Fact]
    public void A_failure_in_a_backward_pass_is_thrown_after_it_and_nothing_else_is_exchanged()
    {
        var ranks = new Broken();
        var tensor = new TensorRanks(ranks);
        using Tensor numbers = ones(4);
        bool ended = false;
        Action backward = () => tensor.Backward(() =>
        {
            tensor.AllReduce(numbers);
            tensor.AllReduce(numbers);
            ended = true;
        });

        backward.Should().Throw<CommunicationException>().WithMessage("A rank hangs.");
        ended.Should().BeTrue();
        ranks.Calls.Should().Be(1);
    }

    [Fact]
    public void A_failure_in_a_forward_pass_is_thrown_at_once()
    {
        var tensor = new TensorRanks(new Broken());
        using Tensor numbers = ones(4);
        tensor.Invoking(each => each.AllReduce(numbers)).Should().Throw<CommunicationException>();
    }

    [Fact]
    public void Communication_is_measured() => ThreadRanks.Run(4, ranks =>
    {
        var tensor = new TensorRanks(ranks);
        using Tensor numbers = ones(100), all = zeros(400);
        tensor.AllReduce(numbers);
        tensor.AllGather(all, numbers);

        // Three quarters of 400 bytes twice, and of 1600 once.
        (double seconds, double bytes) = tensor.TakeTraffic();
        seconds.Should().BePositive();
        bytes.Should().Be(600 + 1200);
        tensor.TakeTraffic().Should().Be(TrafficFigures.None);
        return 0;
    });

    // An engine whose other ranks do not answer.
    private sealed class Broken : ICommunicator
    {
        public int Calls { get; private set; }

        public int Rank => 0;

        public int Size => 2;

        public int LocalRank => 0;

        public string Engine => "broken";

        public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(1);

        public ICommunicator Split(int color, int key) => throw Failure();

        public IWork StartAllReduce(Tensor tensor, Reduction reduction = Reduction.Sum) => throw Failure();

        public IWork StartBroadcast(Tensor tensor, int root = 0) => throw Failure();

        public IWork StartAllGather(Tensor output, Tensor input) => throw Failure();

        public IWork StartReduceScatter(Tensor output, Tensor input, Reduction reduction = Reduction.Sum) => throw Failure();

        public IWork StartSend(Tensor tensor, int destination, int tag = 0) => throw Failure();

        public IWork StartReceive(Tensor tensor, int source, int tag = 0) => throw Failure();

        public void Barrier() => throw Failure();

        public void Abort(int exitCode) => throw Failure();

        public void Dispose() { }

        private CommunicationException Failure()
        {
            Calls++;
            return new CommunicationException("A rank hangs.");
        }
    }
}
