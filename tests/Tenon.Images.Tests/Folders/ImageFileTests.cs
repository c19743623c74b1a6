using SkiaSharp;
using Tenon.Images.Folders;

namespace Tenon.Images.Tests.Folders;

public sealed class ImageFileTests : ImageFoldersTest
{
    [Fact]
    public void The_fingerprint_changes_only_with_the_content_of_a_file()
    {
        string file = Folder.WriteImage("1.bmp", SKColors.Red);
        byte[] content = File.ReadAllBytes(file);
        DateTime time = File.GetLastWriteTimeUtc(file);
        string? before = Facts();
        File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddDays(1));
        Facts().Should().Be(before);

        content[^1] ^= 1;
        File.WriteAllBytes(file, content);
        File.SetLastWriteTimeUtc(file, time);
        Facts().Should().NotBe(before, "size and time are the same");

        string? Facts()
        {
            using IDataset<ImageExample> data = Open(new());
            return data.Facts.Fingerprint;
        }
    }

    [Theory]
    [InlineData(1024 * 1024, 512 * 1024, true)]
    [InlineData(1024 * 1024, 0, true)]
    [InlineData((1024 * 1024) - 1, 512 * 1024, true)]
    [InlineData((1024 * 1024) + 1, (128 * 1024) - 1, true)]
    [InlineData((1024 * 1024) + 1, (1024 * 1024) + 1 - (128 * 1024), true)]
    [InlineData((1024 * 1024) + 1, 512 * 1024, false)]
    public void A_change_is_noticed_anywhere_up_to_1_MiB_and_at_both_ends_of_larger_files(int size, int at, bool noticed)
    {
        var content = new byte[size];
        var image = new ImageFile(Folder.Write("1.bmp", content), "cat");
        string before = image.Describe();

        content[at] ^= 1;
        File.WriteAllBytes(image.Path, content);

        (image.Describe() != before).Should().Be(noticed);
    }
}
