using SkiaSharp;
using Tenon.Images.Folders;
using Tenon.Images.Pixels;

namespace Tenon.Images.Tests.Folders;

public sealed class ImageFoldersDataTests : ImageFoldersTest
{
    [Theory]
    [InlineData("png", SKEncodedImageFormat.Png)]
    [InlineData("jpg", SKEncodedImageFormat.Jpeg)]
    [InlineData("webp", SKEncodedImageFormat.Webp)]
    public void Reads_one_folder_for_each_class(string extension, SKEncodedImageFormat format)
    {
        Folder.WriteImage($"red/a.{extension}", SKColors.Red, format: format);
        Folder.WriteImage($"red/deeper/b.{extension}", SKColors.Red, format: format);
        Folder.WriteImage($"Blue/c.{extension.ToUpperInvariant()}", SKColors.Blue, format: format);
        Folder.Write("red/.DS_Store", [1]);
        Folder.Write("red/notes.txt", [1]);

        using IDataset<ImageExample> data = Open(new());

        data.Facts.Labels.Should().Equal("Blue", "red");
        data.Facts.ImageSize.Should().Be((4, 4, 3));
        data.Train.Count.Should().Be(3);
        Pixel(data.Train[0]).Should().Match<(int R, int G, int B)>(p => p.R < 4 && p.G < 4 && p.B > 250);
        data.Train[0].Label.Should().Be(0);
        Pixel(data.Train[1]).Should().Match<(int R, int G, int B)>(p => p.R > 250 && p.G < 4 && p.B < 4);
        data.Train[2].Label.Should().Be(1);
    }

    [Fact]
    public void Images_in_one_folder_have_no_class()
    {
        Folder.WriteImage("a.png", SKColors.Red);
        Folder.WriteImage("b.png", SKColors.Green, width: 6);

        using IDataset<ImageExample> data = Open(new());

        data.Facts.Labels.Should().BeEmpty();
        data.Facts.ImageSize.Should().BeNull("the sizes differ");
        data.Train[0].Label.Should().BeNull();
    }

    [Fact]
    public void The_first_frame_of_a_gif_is_an_image()
    {
        // One red pixel: header, palette of two colors, one image of one LZW code.
        byte[] gif = [.. "GIF89a"u8, 1, 0, 1, 0, 0x80, 0, 0, 255, 0, 0, 0, 0, 0, 0x2C, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0, 0x3B];
        Folder.Write("red/1.gif", gif);

        using IDataset<ImageExample> data = Open(new() { Channels = 3 });

        Pixel(data.Train[0]).Should().Be((255, 0, 0));
    }

    [Fact]
    public void Rejects_a_class_that_only_validation_has()
    {
        Folder.WriteImage("train/cat/1.png", SKColors.Red);
        string file = Folder.WriteImage("test/dog/2.png", SKColors.Red);

        Refusal(new()).Should().Contain($"'{file}' has class 'dog'").And.Contain("The classes are 'cat'");
    }

    [Fact]
    public void Rejects_a_file_that_is_not_an_image_when_the_data_is_opened()
    {
        Folder.WriteImage("cat/1.png", SKColors.Red);
        string file = Folder.Write("cat/2.png", "<html>404</html>"u8.ToArray());

        Refusal(new()).Should().StartWith($"'{file}' is not a readable image").And.Contain("Supported: PNG, JPEG, WebP, BMP and GIF");
    }

    [Fact]
    public void All_images_that_cannot_be_opened_are_collected_and_the_others_read()
    {
        Folder.WriteImage("cat/1.png", SKColors.Red);
        string[] wrong = [Folder.Write("cat/2.png", "<html>404</html>"u8.ToArray()), Folder.Write("dog/1.png", [])];
        string dog = Folder.WriteImage("dog/2.png", SKColors.Blue);
        var faults = new List<string>();

        using IDataset<ImageExample> data = new ImageFoldersData().Open(
            new ImageFoldersOptions { Path = ".", TestShare = 0 },
            Folder.Context() with { OnRejected = fault => faults.Add(fault.Message) });

        faults.Should().HaveCount(2);
        faults[0].Should().StartWith($"'{wrong[0]}' is not a readable image");
        faults[1].Should().StartWith($"'{wrong[1]}' is empty (0 bytes)");
        data.Train.Count.Should().Be(2);
        data.Train[1].Label.Should().Be(1);
        data.Train.Origin(1).Should().Be(dog);
    }

    [Fact]
    public void Rejects_a_pointer_of_git_lfs_when_the_data_is_opened()
    {
        string file = Folder.Write("cat/1.png",
            "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 267967963\n"u8.ToArray());

        Refusal(new()).Should().StartWith($"'{file}' is a Git LFS pointer");
    }

    [Fact]
    public void Rejects_an_image_that_claims_too_many_pixels_when_the_data_is_opened()
    {
        // A bitmap's header has its size; nothing else is read.
        byte[] header = [.. "BM"u8, 58, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0, 40, 0, 0, 0, 0x30, 0x75, 0, 0, 0x30, 0x75, 0, 0, 1, 0, 24, 0,
            .. new byte[28]];
        string file = Folder.Write("cat/1.bmp", header);

        Refusal(new()).Should().StartWith($"'{file}' has 30000 × 30000 pixels; at most 89,478,485 pixels are read ('maximumPixels').");
    }

    [Fact]
    public void The_limit_of_pixels_is_an_option()
    {
        Folder.WriteImage("cat/1.png", SKColors.Red, width: 10, height: 10);
        string large = Folder.WriteImage("cat/2.png", SKColors.Red, width: 10, height: 11);

        Refusal(new() { MaximumPixels = 109 }).Should()
            .StartWith($"'{large}' has 10 × 11 pixels; at most 109 pixels are read ('maximumPixels').");
        using IDataset<ImageExample> data = Open(new() { MaximumPixels = 110 });
        data.Train[1].Image.Height.Should().Be(11);
    }

    [Fact]
    public void The_limit_of_pixels_does_not_change_the_data()
    {
        Folder.WriteImage("cat/1.png", SKColors.Red);

        using IDataset<ImageExample> data = Open(new());
        using IDataset<ImageExample> same = Open(new() { MaximumPixels = 1000 });

        same.Facts.Fingerprint.Should().Be(data.Facts.Fingerprint);
    }

    [Fact]
    public void A_header_after_much_metadata_is_found()
    {
        // An application segment of a JPEG has at most 65,533 bytes; six of them precede the size of the image.
        byte[] jpeg = TemporaryFolder.Encode(SKColors.Red, 20, 10, SKEncodedImageFormat.Jpeg);
        byte[] segment = [0xFF, 0xEF, 0xFF, 0xFF, .. new byte[65_533]];
        Folder.Write("cat/1.jpg", [.. jpeg[..2], .. Enumerable.Repeat(segment, 6).SelectMany(part => part), .. jpeg[2..]]);

        using IDataset<ImageExample> data = Open(new());

        data.Facts.ImageSize.Should().Be((10, 20, 3));
    }

    [Theory]
    [InlineData("process-death.bmp")]
    [InlineData("crash-1.bin")]
    [InlineData("1800-MB-and-20-s.gif")]
    public void A_hostile_image_is_refused_when_the_data_is_opened_or_read(string name)
    {
        byte[] content = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "data", "hostile", "image", name));
        string file = Folder.Write($"cat/{name.Replace(".bin", ".bmp", StringComparison.Ordinal)}", content);
        long before = GC.GetTotalAllocatedBytes();

        this.Invoking(t =>
        {
            using IDataset<ImageExample> data = t.Open(new());
            _ = data.Train[0];
        }).Should().Throw<DataException>().WithMessage($"'{file}'*");
        (GC.GetTotalAllocatedBytes() - before).Should().BeLessThan(100 << 20);
    }

    [Fact]
    public void Damaged_headers_of_images_of_every_format_are_refused_or_read()
    {
        byte[][] images =
        [
            File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "data", "hostile", "image", "process-death.bmp")),
            .. new[] { SKEncodedImageFormat.Png, SKEncodedImageFormat.Jpeg, SKEncodedImageFormat.Webp }
                .Select(format => TemporaryFolder.Encode(SKColors.Red, 20, 10, format)),
        ];
        var random = new SeededRandom(3);
        int refused = 0;
        for (int i = 0; i < 2000; i++)
        {
            byte[] damaged = [.. images[i % images.Length]];
            for (int change = 0; change <= i % 3; change++)
                damaged[random.Next(Math.Min(damaged.Length, 120))] = (byte)random.Next(256);
            try
            {
                ImageDecoder.Decode(damaged, "it", 1_000_000).Data.Length.Should().BePositive();
            }
            catch (DataException)
            {
                refused++;
            }
        }

        refused.Should().BeInRange(100, 1990, "some damage matters, and some does not");
    }

    [Fact]
    public void Rejects_a_truncated_image_when_it_is_read()
    {
        using var noise = new SKBitmap(64, 64, SKColorType.Rgba8888, SKAlphaType.Opaque);
        new Random(1).NextBytes(noise.GetPixelSpan());
        byte[] whole = TemporaryFolder.Encode(noise);
        string file = Folder.Write("1.png", whole[..(whole.Length / 2)]);

        using IDataset<ImageExample> data = Open(new());

        data.Invoking(d => d.Train[0]).Should().Throw<DataException>().WithMessage($"'{file}' is damaged (IncompleteInput)*");
    }

    [Theory]
    [InlineData(512)]
    [InlineData(0)]
    public void Many_threads_read_the_same(int cacheMegabytes)
    {
        for (int i = 0; i < 40; i++)
            Folder.WriteImage($"{i:00}.png", new SKColor((byte)i, 100, 200), width: 30 + i, height: 50);

        using IDataset<ImageExample> data = Open(new() { Size = 16, CacheMegabytes = cacheMegabytes });

        int wrong = 0;
        Parallel.For(0, 2000, new ParallelOptions { MaxDegreeOfParallelism = 8 }, n =>
        {
            (int r, int g, int b) = Pixel(data.Train[n * 7 % 40]);
            if (Math.Abs(r - n * 7 % 40) > 1 || Math.Abs(g - 100) > 1 || Math.Abs(b - 200) > 1)
                Interlocked.Increment(ref wrong);
        });
        wrong.Should().Be(0);
        ReferenceEquals(data.Train[3], data.Train[3]).Should().Be(cacheMegabytes > 0);
    }

    // 60 images of 500 × 500 pixels are 45 MB.
    [Fact]
    public void A_folder_larger_than_the_cache_is_read_from_disk_again()
    {
        using var noise = new SKBitmap(500, 500, SKColorType.Rgba8888, SKAlphaType.Opaque);
        new Random(1).NextBytes(noise.GetPixelSpan());
        byte[] encoded = TemporaryFolder.Encode(noise, SKEncodedImageFormat.Jpeg);
        for (int i = 0; i < 60; i++)
            Folder.Write($"{i:000}.jpg", encoded);

        using IDataset<ImageExample> data = Open(new() { CacheMegabytes = 10 });
        Parallel.For(0, 60, i => data.Train[i].Image.Data.Length.Should().Be(750_000));

        const int cached = (10 << 20) / 750_000;
        Enumerable.Range(0, 60).Count(i => ReferenceEquals(data.Train[i], data.Train[i])).Should().Be(cached);
    }

    private static (int R, int G, int B) Pixel(ImageExample example) =>
        (example.Image.Data.Span[0], example.Image.Data.Span[1], example.Image.Data.Span[2]);
}
