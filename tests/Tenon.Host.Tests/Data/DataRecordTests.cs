using Tenon.Host.Artifacts;
using Tenon.Host.Data;

namespace Tenon.Host.Tests.Data;

public sealed class DataRecordTests : IDisposable
{
    private readonly DataFolder _folder = new();
    private readonly string _output = Directory.CreateTempSubdirectory("tenon-record-").FullName;

    public void Dispose()
    {
        _folder.Dispose();
        Directory.Delete(_output, recursive: true);
    }

    [Fact]
    public void The_same_data_is_the_same_after_reading()
    {
        RunFolder run = RunFolder.Create(_output, "run");
        DataRecord.Read(run).Should().BeNull();
        Record(Texts("a", "b", "c")).Write(run);
        Record(Texts("a", "b", "c")).Difference(DataRecord.Read(run)!).Should().BeNull();
    }

    [Fact]
    public void Examples_without_a_fingerprint_are_compared_themselves() =>
        Record(Texts("a", "b", "x")).Difference(Record(Texts("a", "b", "c")))
            .Should().StartWith("The content of the data has changed since the run began (");

    [Fact]
    public void Labels_are_part_of_the_content() =>
        ContentHash.Of([new LabelledTextExample("a", 0)]).Should().NotBe(ContentHash.Of([new LabelledTextExample("a", 1)]))
            .And.Be(ContentHash.Of([new LabelledTextExample("a", 0)])).And.HaveLength(32);

    [Fact]
    public void A_fingerprint_decides() =>
        Record(Texts("b"), share: 0).Difference(Record(Texts("a"), share: 0)).Should().BeNull("both have the same fingerprint");

    [Fact]
    public void Another_division_is_told_from_another_content() =>
        Record(Texts("a", "b", "c", "d"), share: 0.5).Difference(Record(Texts("a", "b", "c", "d")))
            .Should().Be("The data is split differently from when the run began: validation:share, validation:seed, training:examples " +
                "or the seed has changed (3 training and 1 validation examples then, 2 and 2 now).");

    [Fact]
    public void A_damaged_record_is_named()
    {
        RunFolder run = RunFolder.Create(_output, "run");
        File.WriteAllText(run.Data, "{");
        run.Invoking(DataRecord.Read).Should().Throw<CheckpointException>().WithMessage("*data.json' cannot be read*");
    }

    private DataRecord Record(IDataset dataset, double share = 0.25)
    {
        using OpenedData opened = _folder.Open(dataset, share);
        return DataRecord.Of(opened);
    }

    private static ListDataset<TextExample> Texts(params string[] texts) =>
        new([.. texts.Select(text => new TextExample(text))], fingerprint: texts.Length == 1 ? "known" : null);
}
