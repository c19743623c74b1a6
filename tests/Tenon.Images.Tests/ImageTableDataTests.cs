using System.Text;
using Parquet;
using Parquet.Schema;
using SkiaSharp;
using Tenon.Images.Tables;

namespace Tenon.Images.Tests;

public sealed class ImageTableDataTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("t.csv", "label,p0,p1,p2,p3\n1,0,50,100,255\n0,1,2,3,4\n", "label")]
    [InlineData("t.csv", "1,0,50,100,255\n0,1,2,3,4\n", "0")]
    [InlineData("t.csv", "p0,p1,p2,p3,label\n0,50,100,255,1\n1,2,3,4,0\n", "-1")]
    [InlineData("t.tsv", "a\tb\tc\td\tclass\n0\t50\t100\t255\t1\n1\t2\t3\t4\t0\n", "class")]
    [InlineData("t.csv", "label|p0|p1|p2|p3\r\r1|0|50|100|255\r0|1|2|3|4\r", "label")]
    [InlineData("t.csv", "\uFEFFlabel, p0, p1, p2, p3\r\n1, 0, 50, 100, 255\r\n \r\n 0, 1, 2, 3, 4\r\n", "label")]
    [InlineData("t.csv.gz", "p0;p1;\"label\";p2;p3\n0;50;\"1\";100;255\n1;2;0;3;4\n", "label")]
    public void Reads_pixels_and_label_of_each_row(string name, string table, string labelColumn)
    {
        byte[] content = Encoding.UTF8.GetBytes(table);
        _ = name.EndsWith(".gz", StringComparison.Ordinal) ? _folder.WritePacked(name, content) : _folder.Write(name, content);

        using IDataset<ImageExample> data = Open(new() { Path = name, LabelColumn = labelColumn });

        data.Facts.ImageSize.Should().Be((2, 2, 1));
        data.Facts.Labels.Should().Equal("0", "1");
        data.Train.Count.Should().Be(2);
        data.Train[0].Image.Data.ToArray().Should().Equal(0, 50, 100, 255);
        data.Train[0].Label.Should().Be(1);
        data.Train[1].Label.Should().Be(0);
    }

    [Fact]
    public void Scales_pixels_from_their_maximum()
    {
        Csv("0,0.5,1,0.25,0.75,0");

        using IDataset<ImageExample> data = Open(new() { Path = "t.csv", LabelColumn = "", Height = 2, Width = 3, PixelMaximum = 1 });

        data.Facts.ImageSize.Should().Be((2, 3, 1));
        data.Train[0].Image.Data.ToArray().Should().Equal(0, 128, 255, 64, 191, 0);
        data.Train[0].Label.Should().BeNull();
    }

    [Fact]
    public void Labels_may_be_texts()
    {
        Csv("label,p\nzebra,1\n\"ant, red\",2\nzebra,3");

        using IDataset<ImageExample> data = Open(new() { Path = "t.csv" });

        data.Facts.Labels.Should().Equal("ant, red", "zebra");
        data.Train[1].Label.Should().Be(0);
    }

    [Theory]
    [InlineData("label,a,b,c,d\n0,1,2,3,256", "t.csv:2: column 5: '256' is not a pixel value*")]
    [InlineData("label,a,b,c,d\n0,1,2,3,4\n0,1,2,x,4", "t.csv:3: column 4: 'x' is not a pixel value*")]
    [InlineData("label,a,b,c,d\n0,1,2,3,-1", "t.csv:2: column 5: '-1' is not a pixel value*")]
    [InlineData("label,a,b,c,d\n0,1,2,3,4\n0,1,2,3", "t.csv:3: the row has 4 columns, but the first row has 5*")]
    [InlineData("label;a;b;c;d\n0;0,5;0,25;0,1;1", "t.csv:2: column 2: '0,5' is not a pixel value*")]
    [InlineData("label,a,b,c,d\n0,1,2,3,4\n ,1,2,3,4", "t.csv:3: the label is empty*")]
    [InlineData("label,a,b,c,d\n0,1,2,3,4\n\"1,1,2,3,4\n0,1,2,3,4",
        "t.csv:3: a quote is opened in this row and never closed*lines 3 to 4 would be skipped with it.")]
    [InlineData("label,a,b,c,label\n0,1,2,3,4", "t.csv': the column 'label' occurs twice, as columns 1 and 5*")]
    [InlineData("label,a,b,c\n0,1,2,3", "t.csv' has 3 pixel columns, which do not form a square image*")]
    [InlineData("0,1,2,3,4", "t.csv' has no column 'label' in its first row: '0', '1', '2', '3', '4'*")]
    [InlineData("label,a,b,c,d\n", "t.csv' has a header but no rows*")]
    [InlineData("", "t.csv' is empty*")]
    public void Rejects_a_malformed_table(string table, string message)
    {
        Csv(table);

        this.Invoking(t => t.Open(new() { Path = "t.csv" })).Should().Throw<DataException>().WithMessage($"*{message}");
    }

    [Fact]
    public async Task Reads_parquet_in_the_layout_of_hugging_face()
    {
        await Parquet("train-0.parquet", [SKColors.Red, SKColors.Lime], [1, 0]);
        await Parquet("train-1.parquet", [SKColors.Blue], [2]);
        await Parquet("test.parquet", [SKColors.Blue], [2]);

        using IDataset<ImageExample> data = Open(new() { Path = "train-*.parquet", TestPath = "test.parquet", CaptionColumn = "text" });

        data.Facts.Labels.Should().Equal("cat", "dog", "cow");
        data.Facts.ImageSize.Should().Be((4, 4, 3));
        data.Train.Count.Should().Be(3);
        data.Train[0].Image.Data.ToArray()[..3].Should().Equal(255, 0, 0);
        data.Train[2].Image.Data.ToArray()[..3].Should().Equal(0, 0, 255);
        data.Train[2].Should().Match<ImageExample>(example => example.Label == 2 && example.Caption == "number 2");
        data.Validation!.Count.Should().Be(1);
    }

    [Fact]
    public async Task Reports_the_columns_of_a_parquet_file()
    {
        await Parquet("t.parquet", [SKColors.Red], [0]);

        this.Invoking(t => t.Open(new() { Path = "t.parquet", LabelColumn = "fine_label" }))
            .Should().Throw<DataException>()
                .WithMessage("*has no column 'fine_label' ('labelColumn')*'image.bytes' (bytes)*'label' (Int64)*");
        this.Invoking(t => t.Open(new() { Path = "t.parquet", ImageColumn = "label" }))
            .Should().Throw<DataException>().WithMessage("*'label', which is Int64, not bytes*");
    }

    // Written by Apache Arrow's library: red, nothing, green, blue, with the classes 0, 1, nothing and 2.
    [Theory]
    [InlineData("null-bytes.parquet")]
    [InlineData("null-struct.parquet")]
    public void Rows_of_parquet_without_a_value_are_rejected_with_their_numbers(string name)
    {
        string file = Path.Combine(AppContext.BaseDirectory, "data", name);
        this.Invoking(t => t.Open(new() { Path = file })).Should().Throw<DataException>()
            .WithMessage($"The image in row 1 of '{file}': 'image' has no value. Fill it in or remove the row.");
        var faults = new List<string>();

        using IDataset<ImageExample> data = new ImageTableData().Open(
            new ImageTableOptions { Path = file, TestShare = 0 },
            _folder.Context() with { OnRejected = fault => faults.Add(fault.Message) });

        faults.Should().Equal(
            $"The image in row 1 of '{file}': 'image' has no value. Fill it in or remove the row.",
            $"The image in row 2 of '{file}': 'label' has no value. Fill it in or remove the row.");
        NearestNeighbor.All(data.Train).Select(example => (Convert.ToHexString(example.Image.Data.Span[..3]), example.Label)).Should()
            .Equal(("FF0000", 0), ("0000FF", 2));
        data.Train.Origin(1).Should().Be($"The image in row 3 of '{file}'");
    }

    // Red and red, then blue in a row group of its own; no column may be empty.
    [Fact]
    public void Required_columns_and_row_groups_of_parquet_are_read()
    {
        using IDataset<ImageExample> data = Open(new() { Path = Path.Combine(AppContext.BaseDirectory, "data", "required.parquet") });
        NearestNeighbor.All(data.Train).Select(example => (Convert.ToHexString(example.Image.Data.Span[..3]), example.Label)).Should()
            .Equal(("FF0000", 0), ("FF0000", 0), ("0000FF", 2));
    }

    [Fact]
    public void Labels_lose_the_spaces_around_them_and_numbers_their_format()
    {
        Csv("label,p\n cat,100\ncat ,200\n\" dog\",99");
        using IDataset<ImageExample> names = Open(new() { Path = "t.csv" });
        names.Facts.Labels.Should().Equal("cat", "dog");
        names.Facts.Notes.Should().BeEmpty();

        Csv("label,p\n 1,1\n01,2\n0,3");
        using IDataset<ImageExample> numbers = Open(new() { Path = "t.csv" });
        numbers.Facts.Labels.Should().Equal("0", "1");
        NearestNeighbor.All(numbers.Train).Select(example => example.Label).Should().Equal(1, 1, 0);
    }

    [Theory]
    [InlineData("Cat|cat|dog", "'Cat' (1), 'cat' (1)")]
    [InlineData("1|1.0|x", "'1' (1), '1.0' (1)")]
    [InlineData("a b|a  b|c", "'a  b' (1), 'a b' (1)")]
    public void Labels_that_may_mean_the_same_are_listed(string labels, string listed)
    {
        Csv("label,p\n" + string.Concat(labels.Split('|').Select(label => $"{label},1\n")));
        using IDataset<ImageExample> data = Open(new() { Path = "t.csv" });
        data.Facts.Labels.Should().HaveCount(3);
        data.Facts.Notes.Should().ContainSingle(note => note.StartsWith("Labels that differ only in case"))
            .Which.Should().Contain(listed);
    }

    [Fact]
    public void Names_of_classes_are_found_without_the_spaces_around_them()
    {
        Csv("label,p\n dog,1\ncat,2");
        using IDataset<ImageExample> data = Open(new() { Path = "t.csv", LabelNames = ["dog", " cat"] });
        NearestNeighbor.All(data.Train).Select(example => example.Label).Should().Equal(0, 1);
    }

    [Fact]
    public void A_row_has_its_line_as_origin()
    {
        Csv("label,p\nx,1\n\ny,2\n");
        using IDataset<ImageExample> data = Open(new() { Path = "t.csv" });
        data.Train.Origin(1).Should().EndWith("t.csv:4");
    }

    [Theory]
    [InlineData(0.3)]
    [InlineData(0.9)]
    public void A_truncated_gzip_file_is_refused(double share)
    {
        string file = _folder.WritePacked("t.csv.gz",
            Encoding.UTF8.GetBytes("label,p\n" + string.Concat(Enumerable.Range(0, 20_000).Select(i => $"{i % 10},{i * 7919 % 256}\n"))));
        byte[] whole = File.ReadAllBytes(file);
        File.WriteAllBytes(file, whole[..(int)(whole.Length * share)]);

        this.Invoking(t => t.Open(new() { Path = "t.csv.gz" })).Should().Throw<DataException>()
            .WithMessage("*t.csv.gz' is a damaged gzip file*");
    }

    [Fact]
    public void Rejects_files_that_are_not_parquet_and_unknown_extensions()
    {
        string file = _folder.Write("t.parquet", "no columns here, just text"u8.ToArray());
        _folder.Write("t.arrow", [1]);

        this.Invoking(t => t.Open(new() { Path = "t.parquet" })).Should().Throw<DataException>()
            .WithMessage($"'{file}' cannot be read as Parquet*");
        this.Invoking(t => t.Open(new() { Path = "t.arrow" })).Should().Throw<DataException>()
            .WithMessage("*unknown extension. Allowed: .csv*");
        this.Invoking(t => t.Open(new() { Path = "x-*.csv" })).Should().Throw<DataException>()
            .WithMessage("*'path' (x-*.csv) matches no file*");
    }

    [Fact]
    public void All_rows_that_cannot_be_used_are_collected_and_the_others_read()
    {
        _folder.Write("t.csv", "label,a,b,c,d\n0,1,2,3,4\n1,2,3\n1,1,2,3,x\n1,4,3,2,1\n"u8.ToArray());
        var faults = new List<string>();

        using IDataset<ImageExample> data = new ImageTableData().Open(
            new ImageTableOptions { Path = "t.csv", LabelColumn = "label", TestShare = 0 },
            _folder.Context() with { OnRejected = fault => faults.Add(fault.Message) });

        faults.Select(fault => fault.Split(".csv:")[1].Split(':')[0]).Should().Equal("3", "4");
        data.Train.Count.Should().Be(2);
        data.Train[1].Label.Should().Be(1);
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("0.25,0,1,0.5", 255, "at most 1,")]
    [InlineData("0,1,1,0", 255, "set 'pixelMaximum' to 1")]
    [InlineData("3,16,0,7", 255, "at most 16,")]
    [InlineData("0.1,0,0,0.05", 1, "are at most 0.1, but 'pixelMaximum' (white) is 1")]
    [InlineData("0.25,0,1,0.5\nx,0,0.5,1,1\nx,1,0,0.5,0\ny,255,0,3,4", 255, "the pixels of 4 of 5 images in '")]
    [InlineData("0.25,0,1,0.5\nx,0,90,1,1\nx,1,0,99,0", 255, null)]
    [InlineData("0.25,0,1,0.5", 1, null)]
    [InlineData("0,40,3,1", 255, null)]
    [InlineData("0,0,0,0", 255, null)]
    public void Warns_about_a_table_whose_pixels_have_another_range(string pixels, double white, string? note)
    {
        Csv($"label,a,b,c,d\nx,{pixels}\ny,0,0,0,0\n");

        using IDataset<ImageExample> data = Open(new() { Path = "t.csv", PixelMaximum = white });

        if (note is null)
            data.Facts.Notes.Should().BeEmpty();
        else
            data.Facts.Notes.Should().ContainSingle().Which.Should().Contain(note).And.Contain("t.csv").And.Contain("almost black");
    }

    private void Csv(string table) => _folder.Write("t.csv", Encoding.UTF8.GetBytes(table));

    private async Task Parquet(string name, SKColor[] colors, long?[] labels)
    {
        var bytes = new DataField<byte[]>("bytes");
        var path = new DataField<string>("path");
        var label = new DataField<long>("label", nullable: true);
        var text = new DataField<string>("text");
        var schema = new ParquetSchema(new StructField("image", bytes, path), label, text);
        using FileStream stream = File.Create(Path.Combine(_folder.Path, name));
        await using ParquetWriter writer = await ParquetWriter.CreateAsync(schema, stream);
        writer.CustomMetadata = new Dictionary<string, string>
        {
            ["huggingface"] = """{"info": {"features": {"image": {"_type": "Image"}, "label": {"names": ["cat", "dog", "cow"], "_type": "ClassLabel"}}}}""",
        };
        using ParquetRowGroupWriter group = writer.CreateRowGroup();
        await group.WriteAsync(bytes, colors.Select(color => TemporaryFolder.Encode(color)).ToArray());
        await group.WriteAsync(path, colors.Select((_, i) => $"{i}.png").ToArray());
        await group.WriteAsync<long>(label, labels.AsMemory());
        await group.WriteAsync(text, labels.Select(l => $"number {l}").ToArray());
    }

    private IDataset<ImageExample> Open(ImageTableOptions options) =>
        new ImageTableData().Open(options with { TestShare = 0 }, _folder.Context());
}
