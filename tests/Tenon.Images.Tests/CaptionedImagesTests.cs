using Tenon.Images.Shipped;
using static Tenon.Images.Tests.NearestNeighbor;

namespace Tenon.Images.Tests;

public sealed class CaptionedImagesTests
{
    private readonly DataContext _context = new("/", new SeededRandom(1), _ => { });

    [Fact]
    public void Glyphs_are_62_characters_in_49_faces_with_captions()
    {
        using IDataset<ImageExample> data = new GlyphsData().Open(new() { TestShare = 0 }, _context);

        data.Train.Count.Should().Be(49 * 62);
        data.Facts.Labels.Should().HaveCount(62).And.StartWith("A").And.EndWith("9");
        data.Facts.ImageSize.Should().Be((28, 28, 1));
        data.Train[0].Caption.Should().Be("sans capital A");
        data.Train[62 + 27].Caption.Should().Be("bold sans small b");
        data.Train[31 * 62 + 61].Caption.Should().Be("bold italic serif digit 9");
    }

    [Fact]
    public void Pixels_and_characters_of_glyphs_belong_together()
    {
        using IDataset<ImageExample> data = new GlyphsData().Open(new(), _context);

        Accuracy(All(data.Train), All(data.Validation!)).Should().BeApproximately(0.835, 0.01);
    }

    [Fact]
    public void Captions_of_glyphs_are_held_out_whole()
    {
        using IDataset<ImageExample> data = new GlyphsData().Open(new() { HeldOut = GlyphsHeldOut.Captions }, _context);

        HashSet<string> trained = [.. All(data.Train).Select(example => example.Caption!)];
        All(data.Validation!).Should().NotContain(example => trained.Contains(example.Caption!));
        data.Validation!.Count.Should().BeInRange(300, 620);
        All(data.Validation).Select(example => example.Label).Distinct().Should().HaveCount(62);
    }

    [Fact]
    public void Emoji_have_groups_and_captions()
    {
        using IDataset<ImageExample> data = new EmojiData().Open(new() { TestShare = 0 }, _context);

        data.Train.Count.Should().Be(3786);
        data.Facts.Labels.Should().HaveCount(10).And.Contain("Animals & Nature");
        data.Facts.ImageSize.Should().Be((32, 32, 3));
        ImageExample giraffe = All(data.Train).Single(example => example.Caption == "giraffe");
        data.Facts.Labels[giraffe.Label!.Value].Should().Be("Animals & Nature");
        All(data.Train).Should().OnlyContain(example => example.Image.Data.ToArray().Distinct().Skip(1).Any(), "no cell is blank");
    }

    [Theory]
    [InlineData("red circle", 0)]
    [InlineData("green circle", 1)]
    [InlineData("blue circle", 2)]
    public void Pixels_and_captions_of_emoji_belong_together(string caption, int strongest)
    {
        using IDataset<ImageExample> data = new EmojiData().Open(new() { TestShare = 0 }, _context);

        byte[] center = All(data.Train).Single(example => example.Caption == caption).Image.Data.Slice((16 * 32 + 16) * 3, 3).ToArray();

        Array.IndexOf(center, center.Max()).Should().Be(strongest);
    }

    [Fact]
    public void Skin_tones_are_held_out_with_their_emoji_or_excluded()
    {
        using IDataset<ImageExample> all = new EmojiData().Open(new(), _context);
        using IDataset<ImageExample> plain = new EmojiData().Open(new() { SkinTones = false, TestShare = 0 }, _context);

        HashSet<string> trained = [.. All(all.Train).Select(Base)];
        All(all.Validation!).Select(Base).Should().NotBeEmpty().And.NotIntersectWith(trained);
        plain.Train.Count.Should().Be(1911);

        static string Base(ImageExample example) => example.Caption!.Split(": ")[0];
    }
}
