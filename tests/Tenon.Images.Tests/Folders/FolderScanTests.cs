using SkiaSharp;

namespace Tenon.Images.Tests.Folders;

public sealed class FolderScanTests : ImageFoldersTest
{
    [Fact]
    public void Folders_called_train_and_test_are_splits()
    {
        Folder.WriteImage("train/cat/1.png", SKColors.Red);
        Folder.WriteImage("train/dog/2.png", SKColors.Red);
        Folder.WriteImage("test/dog/3.png", SKColors.Blue);

        using IDataset<ImageExample> data = Open(new() { TestShare = 0.5 });

        data.Facts.Labels.Should().Equal("cat", "dog");
        data.Train.Count.Should().Be(2);
        data.Validation!.Count.Should().Be(1);
        data.Validation[0].Label.Should().Be(1);
    }

    [Fact]
    public void A_folder_called_train_among_classes_is_a_class()
    {
        Folder.WriteImage("train/1.png", SKColors.Red);
        Folder.WriteImage("ship/2.png", SKColors.Red);

        using IDataset<ImageExample> data = Open(new());

        data.Facts.Labels.Should().Equal("ship", "train");
    }

    [Fact]
    public void Reports_splits_that_are_read_as_classes()
    {
        Folder.WriteImage("train/1.png", SKColors.Red);
        Folder.WriteImage("ship/2.png", SKColors.Red);

        using IDataset<ImageExample> data = Open(new());

        data.Facts.Notes.Should()
            .Equal("image-folders: 'train' is read as a class, not as a split, because 'ship' next to it is not a split.");
    }

    [Theory]
    [InlineData("Train", "Test")]
    [InlineData("TRAIN", "VALID")]
    [InlineData("Training", "Testing")]
    [InlineData("train", "Dev")]
    public void Splits_are_recognized_in_any_case_and_by_their_usual_names(string train, string held)
    {
        Folder.WriteImage($"{train}/cat/1.png", SKColors.Red);
        Folder.WriteImage($"{held}/cat/2.png", SKColors.Red);

        using IDataset<ImageExample> data = Open(new());

        data.Facts.Labels.Should().Equal("cat");
        (data.Train.Count, data.Validation!.Count).Should().Be((1, 1));
        data.Facts.Notes.Should().BeEmpty();
    }

    [Theory]
    [InlineData("train", "Train")]
    [InlineData("train", "training")]
    [InlineData("val", "Val")]
    public void Rejects_two_folders_that_are_the_same_split(string first, string second)
    {
        foreach (string folder in (string[])["train", first, second])
            Folder.WriteImage($"{folder}/cat/1.png", SKColors.Red);

        Refusal(new()).Should().Contain($"'{first}'").And.Contain($"'{second}'").And.Contain("which are the same split");
    }

    [Fact]
    public void One_of_two_validation_splits_is_read_and_the_other_reported()
    {
        foreach (string split in (string[])["train", "val", "test"])
            Folder.WriteImage($"{split}/cat/1.png", SKColors.Red);

        using IDataset<ImageExample> data = Open(new());

        data.Validation!.Count.Should().Be(1);
        data.Facts.Notes.Should().Equal("image-folders: validating on 'val'; not read: 'test'.");
    }

    [Fact]
    public void Reports_classes_without_validation_images()
    {
        Folder.WriteImage("train/cat/1.png", SKColors.Red);
        Folder.WriteImage("train/dog/2.png", SKColors.Red);
        Folder.WriteImage("test/dog/3.png", SKColors.Blue);

        using IDataset<ImageExample> data = Open(new());

        data.Facts.Notes.Should().Equal("image-folders: 'test' has no images of 'cat', so validation does not cover them.");
    }
}
