using Tenon.Host.Artifacts;
using Tenon.Host.Artifacts.Metrics;

namespace Tenon.Host.Tests.Artifacts.Metrics;

public sealed class RunMetricsTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("tenon-metrics-").FullName;

    private string Lines => Path.Combine(folder, "metrics.jsonl");

    [Fact]
    public void Nothing_is_written_before_the_logs_are_open()
    {
        File.WriteAllText(Lines, "{\"step\":1}\n{\"step\":2}\n");
        using (var metrics = new RunMetrics(Lines, new MetricsPosition(0, 0), TimeProvider.System))
        {
            metrics.Record(1, "train/loss", 2.5);
            metrics.Record(2, "train/loss", 2.5);
        }

        File.ReadAllLines(Lines).Should().HaveCount(2);
    }

    [Fact]
    public void Figures_of_a_step_share_a_line()
    {
        using (var metrics = new RunMetrics(Lines, null, TimeProvider.System))
        {
            metrics.Open();
            metrics.Record(1, "train/loss", 2.5);
            metrics.Record(1, "rl/kl", double.NaN);
            metrics.Record(2, "train/loss", 0.1);
        }

        File.ReadAllLines(Lines).Should().Equal("""{"step":1,"train/loss":2.5,"rl/kl":"NaN"}""", """{"step":2,"train/loss":0.1}""");
        MetricsLog.Read(Lines, "rl/kl").Should().Equal((1, double.NaN));
        MetricsLog.Read(Lines, "train/loss").Should().Equal((1, 2.5), (2, 0.1));
    }

    [Fact]
    public void A_file_that_lost_its_end_keeps_its_whole_lines()
    {
        long position = Write(3);
        File.WriteAllText(Lines, File.ReadAllText(Lines)[..^5]);
        using (var log = new MetricsLog(Lines, position))
            log.Write(4, new Dictionary<string, double> { ["a"] = 4 });
        MetricsLog.Read(Lines, "a").Should().Equal((1, 1), (2, 2), (4, 4));
    }

    [Theory]
    [InlineData("[1]")]
    [InlineData("{\"a\":2}")]
    [InlineData("{\"step\":2,\"a\":null}")]
    [InlineData("{\"step\":2,\"a\":\"two\"}")]
    [InlineData("")]
    public void A_file_that_cannot_be_read_is_refused_before_anything_is_written(string line)
    {
        Write(3);
        string[] lines = File.ReadAllLines(Lines);
        lines[1] = line;
        File.WriteAllLines(Lines, lines);
        Action open = () => new MetricsLog(Lines, new FileInfo(Lines).Length).Dispose();
        open.Should().Throw<CheckpointException>()
            .WithMessage($"Line 2 of '{Lines}' is not a JSON object with a 'step' and numbers. Remove the line, or delete the file*");
        File.ReadAllLines(Lines).Should().Equal(lines);
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

    private long Write(int steps)
    {
        using var log = new MetricsLog(Lines, 0);
        for (int step = 1; step <= steps; step++)
            log.Write(step, new Dictionary<string, double> { ["a"] = step });
        return log.Length;
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
