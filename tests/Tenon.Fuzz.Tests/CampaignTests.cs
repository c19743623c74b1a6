using System.Text;
using Tenon.Fuzz.Running;

namespace Tenon.Fuzz.Tests;

/// <summary>Every kind of failure is found, and its smallest input is kept.</summary>
public sealed class CampaignTests : IDisposable
{
    private readonly Workplace _workplace = new();

    public void Dispose() => _workplace.Dispose();

    [Theory]
    [InlineData("broken-throws", "Exception")]
    [InlineData("broken-dies", "Death")]
    [InlineData("broken-fills", "Memory")]
    [InlineData("broken-hangs", "Hang")]
    public void A_failure_is_found_and_its_smallest_input_is_kept(string name, string kind)
    {
        ReaderResult result = Run(name, count: 30);

        (string file, Failure failure) = result.Failures.Should().ContainSingle().Subject;
        failure.Kind.ToString().Should().Be(kind);
        string kept = Encoding.UTF8.GetString(File.ReadAllBytes(file));
        kept.Should().Be("x!");
        File.ReadAllText(file + ".txt").Should().StartWith($"{kind}: ");
        result.Inputs.Should().Be(30, "the inputs after a failure are read in another process");
    }

    [Fact]
    public void An_interrupted_campaign_resumes()
    {
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        Action interrupted = () => Run("broken-throws", count: 500, stop.Token);
        interrupted.Should().Throw<OperationCanceledException>();
        Run("broken-throws", count: 250).Inputs.Should().Be(250);

        Run("broken-throws", count: 500).Inputs.Should().Be(250, "the first half has been read");
        Run("broken-throws", count: 500).Inputs.Should().Be(0);
    }

    [Fact]
    public void An_input_depends_only_on_the_sequence_and_its_index()
    {
        foreach (Reader reader in AllReaders.In(_workplace))
        {
            long index = reader.Seeds.Count + 7;
            byte[] input = new Inputs(reader, 3).At(index).Content;

            new Inputs(reader, 3).At(index).Content.Should().Equal(input, reader.Name);
            Enumerable.Range(1, 5).Any(other => !new Inputs(reader, 3).At(index + other).Content.SequenceEqual(input))
                .Should().BeTrue(reader.Name);
        }
    }

    private ReaderResult Run(string reader, long count, CancellationToken stop = default) => new Campaign(new CampaignOptions
    {
        Readers = FuzzCommand.Choose(_workplace, [reader]),
        Count = count,
        Workers = 1,
        Folder = _workplace.At("campaign"),
        // Each attempt to shorten the input of a hang takes as long as an input may; other failures come sooner.
        Time = reader == "broken-hangs" ? TimeSpan.FromSeconds(1) : Limits.Time,
        MinimizationTime = TimeSpan.FromMinutes(5),
    }).Run(_ => { }, stop).Single();
}
