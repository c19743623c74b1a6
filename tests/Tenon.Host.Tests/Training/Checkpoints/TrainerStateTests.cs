using Tenon.Host.Artifacts;
using Tenon.Host.Training.Checkpoints;

namespace Tenon.Host.Tests.Training.Checkpoints;

public sealed class TrainerStateTests : IDisposable
{
    private const string Sound = """
        {
          "layout": 1, "step": 4, "seed": 1, "batch_size": 2, "accumulate": 1, "state": {}, "window": { "sum": 0, "count": 0 },
          "metrics": { "lines": 10, "events": 20 }, "seconds": 1.5, "versions": { "tenon": "1.0" }
        }
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("tenon-").FullName;

    public static TheoryData<string> Hostile => [.. Directory
        .EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "data", "hostile", "trainer"), "*.json").Select(path => Path.GetFileName(path))];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_sound_file_is_read() => Read(Sound).Metrics.Lines.Should().Be(10);

    [Theory]
    [InlineData("\"step\": 4", "\"step\": -1", "'step' is -1; it must be at least 0.")]
    [InlineData("\"batch_size\": 2", "\"batch_size\": 0", "'batch_size' is 0; it must be at least 1.")]
    [InlineData("\"accumulate\": 1", "\"accumulate\": -3", "'accumulate' is -3; it must be at least 1.")]
    [InlineData("\"count\": 0", "\"count\": -1", "'window.count' is -1; it must be at least 0.")]
    [InlineData("\"lines\": 10", "\"lines\": -10", "'metrics.lines' is -10; it must be at least 0.")]
    [InlineData("\"events\": 20", "\"events\": -20", "'metrics.events' is -20; it must be at least 0.")]
    [InlineData("1.5", "\"NaN\"", "'seconds' is NaN; it must be at least 0.")]
    [InlineData("{ \"lines\": 10, \"events\": 20 }", "null", "metrics")]
    [InlineData("\"seed\": 1", "\"seed\": 1, \"seed\": 2", "seed")]
    [InlineData("\"seed\": 1, ", "", "seed")]
    [InlineData("\"state\": {}", "\"state\": { \"\\ud800\": 1 }", "lone surrogate")]
    public void A_wrong_value_is_named(string sound, string wrong, string reason) =>
        this.Invoking(t => t.Read(Sound.Replace(sound, wrong, StringComparison.Ordinal))).Should().Throw<CheckpointException>()
            .WithMessage($"'{Path.Combine(_folder, "trainer.json")}' cannot be read: *{reason}*");

    [Theory]
    [MemberData(nameof(Hostile))]
    public void A_hostile_file_is_refused(string name) =>
        this.Invoking(t => t.Read(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "data", "hostile", "trainer", name))))
            .Should().Throw<CheckpointException>();

    private TrainerState Read(string content)
    {
        File.WriteAllText(Path.Combine(_folder, TrainerState.FileName), content);
        return TrainerState.Read(_folder);
    }
}
