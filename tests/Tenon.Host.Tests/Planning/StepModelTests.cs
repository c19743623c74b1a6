using Tenon.Host.Planning;

namespace Tenon.Host.Tests.Planning;

public sealed class StepModelTests
{
    private static readonly TrainingModel Gpt3 = TrainingModel.Gpt("GPT-3", 96, 12_288, 96);
    private static readonly Cluster A100 = ShippedClusters.Read("a100");
    private static readonly StepModel Steps = new(Gpt3, A100, "bf16", new Assumptions { Efficiency = 0.5 });

    [Fact]
    public void Operations_with_full_recomputation_are_the_papers()
    {
        const double B = 1536, S = 2048, L = 96, H = 12_288, V = 51_200;
        double expected = 96 * B * S * L * H * H * (1 + S / (6 * H) + V / (16 * L * H));

        Steps.HardwareFlop(new Layout(1, 8, 8, 1) { Recomputation = Recomputation.Full }, 1536)
            .Should().BeApproximately(expected, 1e-9 * expected);
    }

    [Fact]
    public void Operations_without_recomputation_are_the_papers()
    {
        const double B = 1536, S = 2048, L = 96, H = 12_288, V = 51_200;
        double expected = 72 * B * S * L * H * H * (1 + S / (6 * H) + V / (12 * L * H));

        Steps.ModelFlop(1536).Should().BeApproximately(expected, 1e-9 * expected);
    }

    [Fact]
    public void Without_communication_and_bubble_the_stated_efficiency_is_reached()
    {
        var layout = new Layout(1, 1, 1, 1);
        StepTime time = Steps.Of(layout, 16);

        (Steps.ModelFlop(16) / time.Compute).Should().BeApproximately(0.5 * 312e12, 1e6);
        time.Communication.Should().Be(0);
        time.Bubble.Should().Be(0);
    }

    [Theory]
    [InlineData(8, 1)]
    [InlineData(8, 3)]
    public void The_bubble_is_p_minus_one_passes_of_a_stage(int stages, int chunks)
    {
        var layout = new Layout(1, 8, stages, 1) { Chunks = chunks };
        StepModel.StageTime stage = Steps.Stage(layout);

        Steps.Of(layout, 64).Bubble.Should().BeApproximately((stages - 1.0) / chunks * (stage.Total - stage.Head), 1e-9);
    }

    [Fact]
    public void Replicas_sum_gradients_once_a_step_whatever_the_number_of_micro_batches()
    {
        double[] seconds = [.. new[] { 1, 2, 4 }.Select(b => Steps.Of(new Layout(4, 8, 8, b), 64).DataCommunication)];

        seconds.Should().AllBeEquivalentTo(seconds[0]);
        seconds[0].Should().BePositive();
    }

    // 128 rows of hidden size 256 on 4 multiprocessors: the matrices have 3, 1, 4 and 1 tiles, and 3, 1, 4 and 4 shares of the work.
    [Fact]
    public void Products_that_do_not_fill_a_wave_of_tiles_are_slower()
    {
        new ProductShapes(hidden: 256, multiprocessors: 4).Forward(rows: 128, tensor: 1)
            .Should().BeApproximately(12 / (3 / 0.75 + 1 / 0.25 + 4 / 1.0 + 4 / 0.25), 1e-12);
        new ProductShapes(hidden: 256, multiprocessors: 0).Forward(rows: 128, tensor: 1).Should().Be(1, "their number is unknown");
    }

    [Fact]
    public void A_ring_moves_twice_the_bytes_less_a_share()
    {
        var links = new Links(A100, new Assumptions { LinkLatency = 0, NetworkLatency = 0, LinkShare = 1 });

        links.AllReduce(300e9, ranks: 8, stride: 1).Should().BeApproximately(2.0 * 7 / 8, 1e-9, "NVLink has 300 GB/s in one direction");
        links.AllReduce(25e9, ranks: 16, stride: 8).Should().BeApproximately(2.0 * 15 / 16, 1e-9, "one network link has 25 GB/s");
        links.AllReduce(200e9, ranks: 16, stride: 1)
            .Should().BeApproximately(2.0 * 15 / 16, 1e-9, "the ring uses all 8 network links of a node");
    }
}
