using SkiaSharp;
using Tenon.Images.Folders;

namespace Tenon.Images.Tests;

public sealed class ImageFoldersDataTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("png", SKEncodedImageFormat.Png)]
    [InlineData("jpg", SKEncodedImageFormat.Jpeg)]
    [InlineData("webp", SKEncodedImageFormat.Webp)]
    public void Reads_one_folder_for_each_class(string extension, SKEncodedImageFormat format)
    {
        _folder.WriteImage($"red/a.{extension}", SKColors.Red, format: format);
        _folder.WriteImage($"red/deeper/b.{extension}", SKColors.Red, format: format);
        _folder.WriteImage($"Blue/c.{extension.ToUpperInvariant()}", SKColors.Blue, format: format);
        _folder.Write("red/.DS_Store", [1]);
        _folder.Write("red/notes.txt", [1]);

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
        _folder.WriteImage("a.png", SKColors.Red);
        _folder.WriteImage("b.png", SKColors.Green, width: 6);

        using IDataset<ImageExample> data = Open(new());

        data.Facts.Labels.Should().BeEmpty();
        data.Facts.ImageSize.Should().BeNull("the sizes differ");
        data.Train[0].Label.Should().BeNull();
    }

    [Fact]
    public void Folders_called_train_and_test_are_splits()
    {
        _folder.WriteImage("train/cat/1.png", SKColors.Red);
        _folder.WriteImage("train/dog/2.png", SKColors.Red);
        _folder.WriteImage("test/dog/3.png", SKColors.Blue);

        using IDataset<ImageExample> data = Open(new() { TestShare = 0.5 });

        data.Facts.Labels.Should().Equal("cat", "dog");
        data.Train.Count.Should().Be(2);
        data.Validation!.Count.Should().Be(1);
        data.Validation[0].Label.Should().Be(1);
    }

    [Fact]
    public void A_folder_called_train_among_classes_is_a_class()
    {
        _folder.WriteImage("train/1.png", SKColors.Red);
        _folder.WriteImage("ship/2.png", SKColors.Red);

        using IDataset<ImageExample> data = Open(new());

        data.Facts.Labels.Should().Equal("ship", "train");
    }

    [Fact]
    public void Of_two_further_splits_one_is_read_and_the_other_named()
    {
        foreach (string split in (string[])["train", "val", "test"])
            _folder.WriteImage($"{split}/cat/1.png", SKColors.Red);

        using IDataset<ImageExample> data = Open(new());

        data.Validation!.Count.Should().Be(1);
        data.Facts.Notes.Should().Equal("image-folders: validating on 'val'; not read: 'test'.");
    }

    [Theory]
    [InlineData("Train", "Test")]
    [InlineData("TRAIN", "VALID")]
    [InlineData("Training", "Testing")]
    [InlineData("train", "Dev")]
    public void Splits_are_known_in_any_case_and_by_their_usual_names(string train, string held)
    {
        _folder.WriteImage($"{train}/cat/1.png", SKColors.Red);
        _folder.WriteImage($"{held}/cat/2.png", SKColors.Red);

        using IDataset<ImageExample> data = Open(new());

        data.Facts.Labels.Should().Equal("cat");
        (data.Train.Count, data.Validation!.Count).Should().Be((1, 1));
        data.Facts.Notes.Should().BeEmpty();
    }

    [Theory]
    [InlineData("train", "Train")]
    [InlineData("train", "training")]
    [InlineData("val", "Val")]
    public void Refuses_two_folders_that_are_the_same_split(string first, string second)
    {
        foreach (string folder in (string[])["train", first, second])
            _folder.WriteImage($"{folder}/cat/1.png", SKColors.Red);

        Refusal(new()).Should().Contain($"'{first}'").And.Contain($"'{second}'").And.Contain("which are the same split");
    }

    [Fact]
    public void Notes_splits_that_are_read_as_classes()
    {
        _folder.WriteImage("train/1.png", SKColors.Red);
        _folder.WriteImage("ship/2.png", SKColors.Red);

        using IDataset<ImageExample> data = Open(new());

        data.Facts.Notes.Should().Equal("image-folders: 'train' is read as a class, not as a split, because 'ship' beside it is not a split.");
    }

    [Fact]
    public void Notes_files_that_are_not_read_and_classes_that_vanish()
    {
        _folder.WriteImage("red/1.png", SKColors.Red);
        _folder.WriteImage("blue/1.png", SKColors.Blue);
        _folder.Write("blue/2.heic", [1]);
        _folder.Write("green/1.tif", [1]);
        _folder.Write("green/2.TIF", [1]);
        _folder.Write("grey/.hidden.png", [1]);

        using IDataset<ImageExample> data = Open(new());

        data.Facts.Labels.Should().Equal("blue", "red");
        data.Facts.Notes.Should().HaveCount(3);
        data.Facts.Notes[0].Should().Contain("3 files in").And.Contain("not read: 2 .tif, 1 .heic (the first is 'blue/2.heic')").And.Contain(".bmp, .gif, .jpeg");
        data.Facts.Notes[1].Should().Contain("the class 'green' is left out").And.Contain("(2 .tif)");
        data.Facts.Notes[2].Should().Contain("the class 'grey' is left out").And.Contain("has no files");
    }

    [Fact]
    public void Notes_nothing_about_files_and_classes_that_are_excluded()
    {
        _folder.WriteImage("red/1.png", SKColors.Red);
        _folder.Write("red/notes.txt", [1]);
        _folder.WriteImage("green/1.png", SKColors.Green);

        using IDataset<ImageExample> data = Open(new() { Exclude = ["green/**", "**/*.txt"] });

        data.Facts.Labels.Should().Equal("red");
        data.Facts.Notes.Should().BeEmpty();
    }

    [Fact]
    public void Notes_classes_without_validation_images()
    {
        _folder.WriteImage("train/cat/1.png", SKColors.Red);
        _folder.WriteImage("train/dog/2.png", SKColors.Red);
        _folder.WriteImage("test/dog/3.png", SKColors.Blue);

        using IDataset<ImageExample> data = Open(new());

        data.Facts.Notes.Should().Equal("image-folders: 'test' has no images of 'cat', so nothing is measured on them.");
    }

    [Fact]
    public void The_first_frame_of_a_gif_is_an_image()
    {
        // One red pixel: header, palette of two colours, one image of one LZW code.
        byte[] gif = [.. "GIF89a"u8, 1, 0, 1, 0, 0x80, 0, 0, 255, 0, 0, 0, 0, 0, 0x2C, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0, 0x3B];
        _folder.Write("red/1.gif", gif);

        using IDataset<ImageExample> data = Open(new() { Channels = 3 });

        Pixel(data.Train[0]).Should().Be((255, 0, 0));
    }

    [Fact]
    public void Refuses_a_class_that_is_only_validated_on()
    {
        _folder.WriteImage("train/cat/1.png", SKColors.Red);
        string file = _folder.WriteImage("test/dog/2.png", SKColors.Red);

        Refusal(new()).Should().Contain($"'{file}' has class 'dog'").And.Contain("The classes are 'cat'");
    }

    [Fact]
    public void Takes_what_patterns_name()
    {
        _folder.WriteImage("cat/front-1.png", SKColors.Red);
        _folder.WriteImage("cat/back-1.png", SKColors.Red);
        _folder.WriteImage("dog/front-2.png", SKColors.Red);

        using IDataset<ImageExample> data = Open(new() { Include = ["**/front-*"], Exclude = ["dog/**"] });

        data.Train.Count.Should().Be(1);
        data.Facts.Labels.Should().Equal("cat");
        Refusal(new() { Include = ["*.tga"] }).Should().Contain("none of the 3 files").And.Contain("Correct 'include'");
    }

    [Fact]
    public void Refuses_an_image_beside_the_folders_of_classes()
    {
        string file = _folder.WriteImage("1.png", SKColors.Red);
        _folder.WriteImage("cat/2.png", SKColors.Red);

        Refusal(new()).Should().Contain($"'{file}' is not in a class folder");
        using IDataset<ImageExample> data = Open(new() { Labels = FolderLabels.None });
        data.Train.Count.Should().Be(2);
        data.Facts.Labels.Should().BeEmpty();
    }

    [Fact]
    public void Refuses_an_image_that_is_no_image_when_the_data_is_opened()
    {
        _folder.WriteImage("cat/1.png", SKColors.Red);
        string file = _folder.Write("cat/2.png", "<html>404</html>"u8.ToArray());

        Refusal(new()).Should().StartWith($"'{file}' is not a readable image").And.Contain("Supported: PNG, JPEG, WebP, BMP and GIF");
    }

    [Fact]
    public void All_images_that_cannot_be_opened_are_collected_and_the_others_read()
    {
        _folder.WriteImage("cat/1.png", SKColors.Red);
        string[] wrong = [_folder.Write("cat/2.png", "<html>404</html>"u8.ToArray()), _folder.Write("dog/1.png", [])];
        string dog = _folder.WriteImage("dog/2.png", SKColors.Blue);
        var faults = new List<string>();

        using IDataset<ImageExample> data = new ImageFoldersData().Open(
            new ImageFoldersOptions { Path = ".", TestShare = 0 }, _folder.Context() with { OnRejected = fault => faults.Add(fault.Message) });

        faults.Should().HaveCount(2);
        faults.Zip(wrong).Should().OnlyContain(pair => pair.First.StartsWith($"'{pair.Second}' is not a readable image"));
        data.Train.Count.Should().Be(2);
        data.Train[1].Label.Should().Be(1);
        data.Train.Origin(1).Should().Be(dog);
    }

    [Fact]
    public void Links_to_a_parent_and_hidden_files_are_not_read_again()
    {
        _folder.WriteImage("cat/1.png", SKColors.Red);
        _folder.WriteImage("dog/1.png", SKColors.Red);
        _folder.WriteImage("cat/.ipynb_checkpoints/1-checkpoint.png", SKColors.Red);
        _folder.Write("cat/._1.png", [1]);
        Directory.CreateSymbolicLink(Path.Combine(_folder.Path, "cat", "again"), "..");

        using IDataset<ImageExample> data = Open(new());

        data.Train.Count.Should().Be(2);
    }

    [Theory]
    [InlineData("store/sub")]
    [InlineData("data/all/sub")]
    public void A_folder_is_read_once_through_links_to_it_and_to_its_parent(string target)
    {
        _folder.WriteImage("store/sub/cat/1.png", SKColors.Red);
        _folder.WriteImage("store/sub/dog/1.png", SKColors.Red);
        Directory.CreateDirectory(Path.Combine(_folder.Path, "data"));
        Directory.CreateSymbolicLink(Path.Combine(_folder.Path, "data", "all"), Path.Combine(_folder.Path, "store"));
        Directory.CreateSymbolicLink(Path.Combine(_folder.Path, "data", "part"), Path.Combine(_folder.Path, target));

        using IDataset<ImageExample> linked = Open(new() { Path = "data", Labels = FolderLabels.None });

        linked.Train.Count.Should().Be(2);
    }

    [Fact]
    public void A_root_below_a_link_is_not_read_again_through_a_link_to_itself()
    {
        _folder.WriteImage("store/sub/1.png", SKColors.Red);
        Directory.CreateSymbolicLink(Path.Combine(_folder.Path, "link"), "store");
        Directory.CreateSymbolicLink(Path.Combine(_folder.Path, "store", "sub", "again"), Path.Combine(_folder.Path, "store", "sub"));

        using IDataset<ImageExample> data = Open(new() { Path = "link/sub", Labels = FolderLabels.None });

        data.Train.Count.Should().Be(1);
    }

    [Fact]
    public void Refuses_a_pointer_of_git_lfs_when_the_data_is_opened()
    {
        string file = _folder.Write("cat/1.png", "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 267967963\n"u8.ToArray());

        Refusal(new()).Should().StartWith($"'{file}' is a pointer of Git LFS");
    }

    [Fact]
    public void Refuses_an_image_that_claims_too_many_pixels_when_the_data_is_opened()
    {
        // A bitmap's header has its size; nothing else is read.
        byte[] header = [.. "BM"u8, 58, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0, 40, 0, 0, 0, 0x30, 0x75, 0, 0, 0x30, 0x75, 0, 0, 1, 0, 24, 0, .. new byte[28]];
        string file = _folder.Write("cat/1.bmp", header);

        Refusal(new()).Should().StartWith($"'{file}' has 30000 × 30000 pixels; at most 178,956,970 pixels are read.");
    }

    [Fact]
    public void Refuses_an_image_that_is_cut_off_when_it_is_read()
    {
        using var noise = new SKBitmap(64, 64, SKColorType.Rgba8888, SKAlphaType.Opaque);
        new Random(1).NextBytes(noise.GetPixelSpan());
        byte[] whole = TemporaryFolder.Encode(noise);
        string file = _folder.Write("1.png", whole[..(whole.Length / 2)]);

        using IDataset<ImageExample> data = Open(new());

        data.Invoking(d => d.Train[0]).Should().Throw<DataException>().WithMessage($"'{file}' is damaged (IncompleteInput)*");
    }

    [Fact]
    public void Refuses_an_empty_folder_and_a_missing_one()
    {
        Refusal(new()).Should().Contain("has no files");
        Refusal(new() { Path = "nowhere" }).Should().Contain("'path' names the folder").And.Contain("nowhere");
        _folder.Write("readme.txt", [1]);
        Refusal(new()).Should().Contain("the first is 'readme.txt'").And.Contain("Image files end in .bmp, .gif, .jpeg, .jpg, .png, .webp");
    }

    [Fact]
    public void The_fingerprint_changes_with_the_content_of_a_file_alone()
    {
        string file = _folder.WriteImage("1.bmp", SKColors.Red);
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
        var image = new ImageFile(_folder.Write("1.bmp", content), "cat");
        string before = image.Describe();

        content[at] ^= 1;
        File.WriteAllBytes(image.Path, content);

        (image.Describe() != before).Should().Be(noticed);
    }

    [Theory]
    [InlineData(512)]
    [InlineData(0)]
    public void Many_threads_read_the_same(int cacheMegabytes)
    {
        for (int i = 0; i < 40; i++)
            _folder.WriteImage($"{i:00}.png", new SKColor((byte)i, 100, 200), width: 30 + i, height: 50);

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

    public void Dispose() => _folder.Dispose();

    private static (int R, int G, int B) Pixel(ImageExample example) =>
        (example.Image.Data.Span[0], example.Image.Data.Span[1], example.Image.Data.Span[2]);

    private string Refusal(ImageFoldersOptions options) =>
        this.Invoking(t => t.Open(options)).Should().Throw<DataException>().Which.Message;

    private IDataset<ImageExample> Open(ImageFoldersOptions options) => new ImageFoldersData().Open(
        options with { Path = options.Path ?? ".", TestShare = options.TestShare == 0.2 ? 0 : options.TestShare }, _folder.Context());
}
