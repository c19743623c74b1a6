using System.Security.Cryptography;
using Tenon.Images.Shipped;
using static Tenon.Images.Tests.NearestNeighbor;

namespace Tenon.Images.Tests;

public sealed class ShippedImagesTests
{
    private static readonly string[] _clothes =
        ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"];

    [Fact]
    public void Digits_are_1797_images_of_ten_classes()
    {
        using IDataset<ImageExample> data = Digits(new());

        data.Facts.Labels.Should().Equal("0", "1", "2", "3", "4", "5", "6", "7", "8", "9");
        data.Facts.ImageSize.Should().Be((8, 8, 1));
        (data.Train.Count + data.Validation!.Count).Should().Be(1797);
        data.Facts.Summary.Should().Be($"handwritten digits: {data.Train.Count:N0} training images and {data.Validation.Count} " +
            "validation images, 8×8 gray, 10 classes");
    }

    [Fact]
    public void Digits_use_the_whole_range_of_bytes()
    {
        using IDataset<ImageExample> data = Digits(new() { TestShare = 0 });

        data.Validation.Should().BeNull("the host then holds out its own share");
        byte[] values = [.. All(data.Train).SelectMany(example => example.Image.Data.ToArray()).Distinct().Order()];
        values.Should().HaveCount(17).And.StartWith([0, 16, 32]).And.EndWith(255);
        data.Train[0].Image.Data.ToArray()[..5].Should().Equal(0, 0, 80, 207, 143);
        data.Train[0].Label.Should().Be(0);
    }

    [Fact]
    public void Pixels_and_labels_of_digits_belong_together()
    {
        using IDataset<ImageExample> data = Digits(new());

        data.Validation!.Count.Should().Be(360);
        Accuracy(All(data.Train), All(data.Validation!)).Should().BeApproximately(0.956, 0.01);
    }

    [Fact]
    public void Digits_drawn_at_random_are_easier_than_those_of_other_writers()
    {
        using IDataset<ImageExample> data = Digits(new() { HeldOut = DigitsHeldOut.Images });

        Accuracy(All(data.Train), All(data.Validation!)).Should().BeGreaterThan(0.975);
    }

    [Fact]
    public void Fashion_mnist_is_250_images_of_each_of_ten_classes()
    {
        using IDataset<ImageExample> data = Fashion(new());

        data.Facts.Labels.Should().Equal(_clothes);
        data.Facts.ImageSize.Should().Be((28, 28, 1));
        All(data.Train).CountBy(example => example.Label!.Value).Should().OnlyContain(of => of.Value == 200).And.HaveCount(10);
        All(data.Validation!).CountBy(example => example.Label!.Value).Should().OnlyContain(of => of.Value == 50).And.HaveCount(10);
    }

    [Fact]
    public void Pixels_and_labels_of_fashion_mnist_belong_together()
    {
        using IDataset<ImageExample> data = Fashion(new());

        Accuracy(All(data.Train), All(data.Validation!)).Should().BeApproximately(0.768, 0.01);
    }

    [Fact]
    public void The_seed_determines_the_held_out_images()
    {
        using IDataset<ImageExample> first = Digits(new() { HeldOut = DigitsHeldOut.Images });
        using IDataset<ImageExample> again = Digits(new() { HeldOut = DigitsHeldOut.Images });
        using IDataset<ImageExample> other = Digits(new() { HeldOut = DigitsHeldOut.Images }, seed: 2);

        Contents(first.Validation!).Should().Equal(Contents(again.Validation!));
        Contents(first.Validation!).Should().NotEqual(Contents(other.Validation!));
        first.Facts.Fingerprint.Should().Be(again.Facts.Fingerprint).And.NotBe(other.Facts.Fingerprint);
    }

    [Fact]
    public void The_held_out_share_is_stratified_and_disjoint()
    {
        using IDataset<ImageExample> all = Digits(new() { TestShare = 0 });
        using IDataset<ImageExample> split = Digits(new() { TestShare = 0.25, HeldOut = DigitsHeldOut.Images });

        foreach ((int label, int count) in All(all.Train).CountBy(example => example.Label!.Value))
            All(split.Validation!).Count(example => example.Label == label).Should().BeCloseTo((int)Math.Round(count * 0.25), 1);
        Contents(split.Train).Concat(Contents(split.Validation!)).Order().Should().Equal(Contents(all.Train).Order());
    }

    [Fact]
    public void Classes_are_selected_in_the_requested_order()
    {
        using IDataset<ImageExample> data = Fashion(new() { Classes = ["Bag", "Trouser"], TestShare = 0 });
        using IDataset<ImageExample> all = Fashion(new() { TestShare = 0 });

        data.Facts.Labels.Should().Equal("Bag", "Trouser");
        data.Train.Count.Should().Be(500);
        string[] bags = [.. All(all.Train).Where(example => example.Label == 8).Select(Content)];
        All(data.Train).Where(example => example.Label == 0).Select(Content).Should().Equal(bags);
    }

    [Fact]
    public void The_limit_per_class_applies_before_the_split()
    {
        using IDataset<ImageExample> data = Digits(new() { PerClass = 10, HeldOut = DigitsHeldOut.Images });

        (data.Train.Count, data.Validation!.Count).Should().Be((80, 20));
    }

    [Fact]
    public void Rejects_an_unknown_class()
    {
        Action open = () => Fashion(new() { Classes = ["Hat"] });

        open.Should().Throw<DataException>().WithMessage("*'classes' contains 'Hat'*The classes are 'T-shirt/top', 'Trouser'*");
    }

    [Fact]
    public void Size_and_channels_are_as_requested()
    {
        using IDataset<ImageExample> data = Digits(new() { Size = 32, Channels = 3 });

        data.Facts.ImageSize.Should().Be((32, 32, 3));
        data.Train[7].Image.Should()
            .Match<ImagePixels>(image => image.Height == 32 && image.Width == 32 && image.Channels == 3 && image.Data.Length == 3072);
    }

    internal static string Content(ImageExample example) => Convert.ToHexString(SHA256.HashData(example.Image.Data.Span));

    private static IEnumerable<string> Contents(IExamples<ImageExample> examples) => All(examples).Select(Content);

    private static IDataset<ImageExample> Digits(DigitsOptions options, ulong seed = 1) =>
        new DigitsData().Open(options, new DataContext("/", new SeededRandom(seed), _ => { }));

    private static IDataset<ImageExample> Fashion(FashionMnistOptions options) =>
        new FashionMnistData().Open(options, new DataContext("/", new SeededRandom(1), _ => { }));
}
