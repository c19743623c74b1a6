using Tenon.Fuzz.Running;

namespace Tenon.Fuzz.Tests;

/// <summary>The short form of the campaign: a fixed sequence of inputs for each reader.</summary>
public sealed class ReaderTests : IDisposable
{
    private const int Count = 2000;
    private readonly Workplace _workplace = new();

    public void Dispose() => _workplace.Dispose();

    [Fact]
    public void Readers_refuse_damaged_and_hostile_inputs_as_documented()
    {
        string folder = _workplace.At("campaign");

        IReadOnlyList<ReaderResult> results = new Campaign(new CampaignOptions
        {
            Readers = FuzzCommand.Choose(_workplace, []),
            Count = Count,
            Folder = folder,
        }).Run(_ => { });

        results.SelectMany(result => result.Failures).Select(failure => $"{failure.File}: {File.ReadAllText(failure.File + ".txt")}")
            .Should().BeEmpty();
        results.Should().OnlyContain(result => result.Inputs == Count && result.Refused < Count, "valid inputs are among them");
    }

    [Fact]
    public void Inputs_that_once_made_a_reader_fail_no_longer_do()
    {
        IReadOnlyList<Reader> readers = FuzzCommand.Choose(_workplace, []);

        Kept.Replay(readers, Path.Combine(Workplace.Data, "fuzz"), out int read).Should().BeEmpty();

        read.Should().BePositive();
    }

    [Fact]
    public void Readers_and_their_seeds_have_names_that_differ()
    {
        IReadOnlyList<Reader> readers = AllReaders.In(_workplace);

        readers.Select(reader => reader.Name).Should().OnlyHaveUniqueItems();
        foreach (Reader reader in readers)
        {
            reader.Seeds.Select(seed => seed.Name).Should().NotBeEmpty().And.OnlyHaveUniqueItems()
                .And.OnlyContain(name => !name.Contains('@') && !name.Contains('/'), reader.Name);
        }
    }
}
