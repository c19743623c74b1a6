using System.Buffers.Binary;
using Tenon.Images.Idx;

namespace Tenon.Images.Tests;

public sealed class IdxDataTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Reads_images_and_labels_of_both_splits()
    {
        _folder.Write("train", Idx([3, 2, 4]));
        _folder.WritePacked("train-labels", Idx([3], 1, 0, 2));
        _folder.WritePacked("test", Idx([2, 2, 4]));
        _folder.Write("test-labels", Idx([2], 2, 3));

        using IDataset<ImageExample> data =
            Open(new() { Images = "train", Labels = "train-labels", TestImages = "test", TestLabels = "test-labels" });

        data.Facts.Labels.Should().Equal("0", "1", "2", "3");
        data.Facts.ImageSize.Should().Be((2, 4, 1));
        data.Train.Count.Should().Be(3);
        data.Train[1].Image.Data.ToArray().Should().Equal(8, 9, 10, 11, 12, 13, 14, 15);
        data.Train[1].Label.Should().Be(0);
        data.Validation!.Count.Should().Be(2);
        data.Validation[1].Label.Should().Be(3);
    }

    [Fact]
    public void Transposes_the_images_of_emnist()
    {
        _folder.Write("images", Idx([1, 2, 3]));

        using IDataset<ImageExample> data = Open(new() { Images = "images", Transpose = true });

        data.Facts.ImageSize.Should().Be((3, 2, 1));
        data.Train[0].Image.Data.ToArray().Should().Equal(0, 3, 1, 4, 2, 5);
        data.Train[0].Label.Should().BeNull();
        data.Facts.Labels.Should().BeEmpty();
    }

    [Fact]
    public void Names_classes()
    {
        _folder.Write("images", Idx([2, 1, 1]));
        _folder.Write("labels", Idx([2], 0, 1));

        using IDataset<ImageExample> data = Open(new() { Images = "images", Labels = "labels", LabelNames = ["cat", "dog", "cow"] });

        data.Facts.Labels.Should().Equal("cat", "dog", "cow");
        this.Invoking(t => t.Open(new() { Images = "images", Labels = "labels", LabelNames = ["cat"] }))
            .Should().Throw<DataException>().WithMessage("*1 is a label*'labelNames' has 1 names*");
    }

    [Fact]
    public void Rejects_a_file_that_is_not_idx()
    {
        string file = _folder.Write("images", "P5 28 28"u8.ToArray());

        Refusal().Should().Contain($"'{file}' is not an IDX file of bytes: it starts with '50352032'");
    }

    [Fact]
    public void Rejects_numbers_that_are_not_bytes()
    {
        byte[] floats = Idx([1, 2, 2]);
        floats[2] = 0x0D;
        _folder.Write("images", floats);

        Refusal().Should().Contain("starts with '00000D03'");
    }

    [Fact]
    public void Rejects_labels_in_place_of_images()
    {
        _folder.Write("images", Idx([3], 0, 1, 2));

        Refusal().Should().Contain("has 1 dimensions").And.Contain("Are images and labels swapped?");
    }

    [Fact]
    public void Rejects_a_truncated_file()
    {
        _folder.Write("images", Idx([3, 2, 2])[..^1]);
        Refusal().Should().Contain("is truncated: its header declares 3×2×2 = 12 values");

        _folder.WritePacked("images", Idx([3, 2, 2])[..^1]);
        Refusal().Should().Contain("12 values, but 11 follow");

        _folder.Write("images", Idx([3, 2, 2])[..9]);
        Refusal().Should().Contain("ends within its header: 9 of 16 bytes");
    }

    [Fact]
    public void Rejects_a_header_that_declares_too_much_without_allocating_it()
    {
        byte[] lie = Idx([1, 1, 1]);
        BinaryPrimitives.WriteInt32BigEndian(lie.AsSpan(4), 2_000_000_000);
        _folder.WritePacked("images", lie);

        Refusal().Should().Contain("is truncated");
    }

    [Fact]
    public void Rejects_more_data_than_the_header_declares()
    {
        _folder.Write("images", [.. Idx([3, 2, 2]), 0]);

        Refusal().Should().Contain("has data after the 3×2×2 = 12 values");
    }

    [Fact]
    public void Rejects_an_empty_dimension()
    {
        _folder.Write("images", Idx([0, 2, 2]));

        Refusal().Should().Contain("dimension 0 is 0");
    }

    [Fact]
    public void Rejects_labels_of_other_images()
    {
        _folder.Write("images", Idx([3, 2, 2]));
        string labels = _folder.Write("labels", Idx([2], 0, 1));

        this.Invoking(t => t.Open(new() { Images = "images", Labels = "labels" }))
            .Should().Throw<DataException>().WithMessage($"'{labels}' has 2 labels for the 3 images of *");
    }

    [Fact]
    public void Rejects_a_damaged_gzip_file()
    {
        string file = _folder.WritePacked("images", Idx([3, 20, 20]));
        byte[] packed = File.ReadAllBytes(file);
        Array.Fill<byte>(packed, 0xFF, packed.Length - 8, 4);
        _folder.Write("images", packed);

        Refusal().Should().Contain("is a damaged gzip file");
    }

    [Fact]
    public void Reports_where_a_missing_file_was_searched()
    {
        Refusal().Should().Contain("'images' points to the file").And.Contain($"relative paths start at '{_folder.Path}'");
        this.Invoking(t => t.Open(new())).Should().Throw<DataException>().WithMessage("*'images' is not set*");
        this.Invoking(t => t.Open(new() { Images = "a", Labels = "b", TestImages = "c" })).Should().Throw<DataException>()
            .WithMessage("*are inconsistent*");
    }

    public void Dispose() => _folder.Dispose();

    private static byte[] Idx(int[] dimensions, params byte[] values)
    {
        byte[] file = new byte[4 + 4 * dimensions.Length];
        (file[2], file[3]) = (8, (byte)dimensions.Length);
        for (int i = 0; i < dimensions.Length; i++)
            BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(4 + 4 * i), dimensions[i]);
        int count = dimensions.Aggregate(1, (a, b) => a * b);
        return [.. file, .. values.Length > 0 ? values : [.. Enumerable.Range(0, count).Select(i => (byte)i)]];
    }

    private string Refusal() => this.Invoking(t => t.Open(new() { Images = "images" })).Should().Throw<DataException>().Which.Message;

    private IDataset<ImageExample> Open(IdxOptions options) => new IdxData().Open(options with { TestShare = 0 }, _folder.Context());
}
