using SkiaSharp;
using Tenon.Images.Folders;

namespace Tenon.Images.Tests.Folders;

public sealed class FolderReaderTests : ImageFoldersTest
{
    [Fact]
    public void Reads_files_that_match_patterns()
    {
        Folder.WriteImage("cat/front-1.png", SKColors.Red);
        Folder.WriteImage("cat/back-1.png", SKColors.Red);
        Folder.WriteImage("dog/front-2.png", SKColors.Red);

        using IDataset<ImageExample> data = Open(new() { Include = ["**/front-*"], Exclude = ["dog/**"] });

        data.Train.Count.Should().Be(1);
        data.Facts.Labels.Should().Equal("cat");
        Refusal(new() { Include = ["*.tga"] }).Should().Contain("none of the 3 files").And.Contain("Correct 'include'");
    }

    [Fact]
    public void A_link_to_another_class_is_called_one()
    {
        Folder.WriteImage("red/1.png", SKColors.Red);
        Folder.WriteImage("blue/1.png", SKColors.Blue);
        Directory.CreateSymbolicLink(Path.Combine(Folder.Path, "rot"), "red");
        Directory.CreateSymbolicLink(Path.Combine(Folder.Path, "self"), ".");

        using IDataset<ImageExample> data = Open(new());

        data.Facts.Labels.Should().Equal("blue", "red");
        data.Facts.Notes.Should().HaveCount(2);
        data.Facts.Notes[0].Should()
            .Match($"*the class 'rot' is skipped: '*rot' is a link to '*{Path.DirectorySeparatorChar}red', whose images are read once*");
        data.Facts.Notes[1].Should().Contain("the class 'self' is skipped");
    }

    [Fact]
    public void Notes_classes_that_are_nested_in_one_folder()
    {
        Folder.WriteImage("data/red/1.png", SKColors.Red);
        Folder.WriteImage("data/blue/1.png", SKColors.Blue);

        using IDataset<ImageExample> data = Open(new());

        data.Facts.Labels.Should().Equal("data");
        data.Facts.Notes.Should().ContainSingle().Which.Should().Match("*the only class is 'data', although its images are in the " +
            "folders 'blue', 'red'. If these are the classes, set 'path' to '*data'.");
    }

    [Fact]
    public void Files_without_content_and_links_to_nothing_are_rejected_one_by_one()
    {
        Folder.WriteImage("red/1.png", SKColors.Red);
        string empty = Folder.Write("red/2.png", []);
        File.CreateSymbolicLink(Path.Combine(Folder.Path, "red", "3.png"), "nothing.png");
        var faults = new List<string>();

        using IDataset<ImageExample> data = new ImageFoldersData().Open(
            new ImageFoldersOptions { Path = ".", TestShare = 0 },
            Folder.Context() with { OnRejected = fault => faults.Add(fault.Message) });

        data.Train.Count.Should().Be(1);
        faults.Should().HaveCount(2);
        faults[0].Should().Be($"'{empty}' is empty (0 bytes). Restore the image, or leave it out.");
        faults[1].Should().Match("*3.png* Restore the file and its permissions, or leave it out.");
    }

    [Fact]
    public void Names_of_classes_are_compared_as_labels_of_tables_are()
    {
        Folder.WriteImage("cat/1.png", SKColors.Red);
        Folder.WriteImage(" cat /2.png", SKColors.Red);
        Folder.WriteImage("Dog/3.png", SKColors.Red);
        Folder.WriteImage("dog/4.png", SKColors.Red);

        using IDataset<ImageExample> data = Open(new());

        data.Facts.Labels.Should().Equal("Dog", "cat", "dog");
        data.Train.Count.Should().Be(4);
        data.Facts.Notes.Should().Equal(
            "Labels that differ only in case, spaces or number format are different classes: 'Dog' (1), 'dog' (1). Spell them the same " +
            "way if they mean the same.");
    }

    [Fact]
    public void Does_not_report_excluded_files_and_classes()
    {
        Folder.WriteImage("red/1.png", SKColors.Red);
        Folder.Write("red/notes.txt", [1]);
        Folder.WriteImage("green/1.png", SKColors.Green);

        using IDataset<ImageExample> data = Open(new() { Exclude = ["green/**", "**/*.txt"] });

        data.Facts.Labels.Should().Equal("red");
        data.Facts.Notes.Should().BeEmpty();
    }

    [Fact]
    public void Reports_files_that_are_not_read_and_classes_without_images()
    {
        Folder.WriteImage("red/1.png", SKColors.Red);
        Folder.WriteImage("blue/1.png", SKColors.Blue);
        Folder.Write("blue/2.heic", [1]);
        Folder.Write("green/1.tif", [1]);
        Folder.Write("green/2.TIF", [1]);
        Folder.Write("grey/.hidden.png", [1]);

        using IDataset<ImageExample> data = Open(new());

        data.Facts.Labels.Should().Equal("blue", "red");
        data.Facts.Notes.Should().HaveCount(3);
        data.Facts.Notes[0].Should().Contain("3 files in").And.Contain("not read: 2 .tif, 1 .heic (the first is 'blue/2.heic')")
            .And.Contain(".bmp, .gif, .jpeg");
        data.Facts.Notes[1].Should().Contain("the class 'green' is skipped").And.Contain("(2 .tif)");
        data.Facts.Notes[2].Should().Contain("the class 'grey' is skipped").And.Contain("has no files");
    }

    [Fact]
    public void Rejects_an_image_outside_the_class_folders()
    {
        string file = Folder.WriteImage("1.png", SKColors.Red);
        Folder.WriteImage("cat/2.png", SKColors.Red);

        Refusal(new()).Should().Contain($"'{file}' is not in a class folder");
        using IDataset<ImageExample> data = Open(new() { Labels = FolderLabels.None });
        data.Train.Count.Should().Be(2);
        data.Facts.Labels.Should().BeEmpty();
    }

    [Fact]
    public void Rejects_an_empty_folder_and_a_missing_one()
    {
        Refusal(new()).Should().Contain("has no files");
        Refusal(new() { Path = "nowhere" }).Should().Contain("'path' points to the folder").And.Contain("nowhere");
        Folder.Write("readme.txt", [1]);
        Refusal(new()).Should().Contain("the first is 'readme.txt'").And.Contain("Image files end in .bmp, .gif, .jpeg, .jpg, .png, .webp");
    }

    [Fact]
    public void Links_to_a_parent_and_hidden_files_are_not_read_again()
    {
        Folder.WriteImage("cat/1.png", SKColors.Red);
        Folder.WriteImage("dog/1.png", SKColors.Red);
        Folder.WriteImage("cat/.ipynb_checkpoints/1-checkpoint.png", SKColors.Red);
        Folder.Write("cat/._1.png", [1]);
        Directory.CreateSymbolicLink(Path.Combine(Folder.Path, "cat", "again"), "..");

        using IDataset<ImageExample> data = Open(new());

        data.Train.Count.Should().Be(2);
    }

    [Theory]
    [InlineData("store/sub")]
    [InlineData("data/all/sub")]
    public void A_folder_is_read_once_through_links_to_it_and_to_its_parent(string target)
    {
        Folder.WriteImage("store/sub/cat/1.png", SKColors.Red);
        Folder.WriteImage("store/sub/dog/1.png", SKColors.Red);
        Directory.CreateDirectory(Path.Combine(Folder.Path, "data"));
        Directory.CreateSymbolicLink(Path.Combine(Folder.Path, "data", "all"), Path.Combine(Folder.Path, "store"));
        Directory.CreateSymbolicLink(Path.Combine(Folder.Path, "data", "part"), Path.Combine(Folder.Path, target));

        using IDataset<ImageExample> linked = Open(new() { Path = "data", Labels = FolderLabels.None });

        linked.Train.Count.Should().Be(2);
    }

    [Fact]
    public void A_root_below_a_link_is_not_read_again_through_a_link_to_itself()
    {
        Folder.WriteImage("store/sub/1.png", SKColors.Red);
        Directory.CreateSymbolicLink(Path.Combine(Folder.Path, "link"), "store");
        Directory.CreateSymbolicLink(Path.Combine(Folder.Path, "store", "sub", "again"), Path.Combine(Folder.Path, "store", "sub"));

        using IDataset<ImageExample> data = Open(new() { Path = "link/sub", Labels = FolderLabels.None });

        data.Train.Count.Should().Be(1);
    }
}
