using Tenon.Host.Metrics;

namespace Tenon.Host.Tests.Metrics;

public sealed class RunMetricsTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("tenon-metrics-").FullName;

    private string Lines => Path.Combine(folder, "metrics.jsonl");

    [Fact]
    public void Figures_of_a_step_share_a_line()
    {
        using (var metrics = new RunMetrics(Lines, null, TimeProvider.System))
        {
            metrics.Record(1, "train/loss", 2.5);
            metrics.Record(1, "rl/kl", double.NaN);
            metrics.Record(2, "train/loss", 0.1);
        }

        File.ReadAllLines(Lines).Should().Equal("""{"step":1,"train/loss":2.5,"rl/kl":"NaN"}""", """{"step":2,"train/loss":0.1}""");
        MetricsLog.Read(Lines, "rl/kl").Should().Equal((1, double.NaN));
        MetricsLog.Read(Lines, "train/loss").Should().Equal((1, 2.5), (2, 0.1));
    }

    [Fact]
    public void Throughput_follows_the_median_of_recent_steps()
    {
        var throughput = new Throughput();
        throughput.Left(10, 0).Should().BeNull();
        throughput.Add(10, 100);
        for (int i = 0; i < 4; i++)
            throughput.Add(1, 100);
        throughput.Now.Should().Be(100);
        throughput.Mean.Should().BeApproximately(500 / 14.0, 1e-9);
        throughput.Left(10, elapsed: 28).Should().Be(TimeSpan.FromSeconds(20));
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
