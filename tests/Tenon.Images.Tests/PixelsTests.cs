using SkiaSharp;
using Tenon.Images.Pixels;

namespace Tenon.Images.Tests;

public sealed class PixelsTests
{
    [Fact]
    public void Crops_the_longer_side_at_both_ends()
    {
        // Columns 0, 10, … 70 of a picture twice as wide as high: the middle four columns stay.
        ImagePixels wide = Gray(4, 8, (_, x) => 10 * x);

        ImagePixels cropped = new Preparation(4, ImageFit.Crop, ImageFilter.Bilinear, 1).Apply(wide);

        cropped.Data.ToArray()[..4].Should().Equal(20, 30, 40, 50);
    }

    [Fact]
    public void Stretches_both_sides()
    {
        ImagePixels wide = Gray(4, 8, (_, x) => x < 4 ? 0 : 200);

        ImagePixels stretched = new Preparation(4, ImageFit.Stretch, ImageFilter.Box, 1).Apply(wide);

        stretched.Data.ToArray()[..4].Should().Equal(0, 0, 200, 200);
    }

    [Fact]
    public void Shrinking_averages_fine_patterns()
    {
        ImagePixels board = Gray(64, 64, (y, x) => (x + y) % 2 * 255);

        ImagePixels small = new Preparation(16, ImageFit.Crop, ImageFilter.Bilinear, 1).Apply(board);

        small.Data.ToArray().Should().OnlyContain(value => Math.Abs(value - 128) <= 2);
    }

    [Fact]
    public void Enlarging_keeps_a_flat_picture_flat()
    {
        ImagePixels large = new Preparation(20, ImageFit.Crop, ImageFilter.Bilinear, 1).Apply(Gray(7, 7, (_, _) => 77));

        large.Data.ToArray().Should().OnlyContain(value => value == 77);
    }

    [Fact]
    public void Gray_is_luma_and_rgb_of_gray_repeats_it()
    {
        byte[] colors = [255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255];

        ImagePixels gray = new Preparation(0, ImageFit.Crop, ImageFilter.Bilinear, 1).Apply(new ImagePixels(2, 2, 3, colors));
        ImagePixels rgb = new Preparation(0, ImageFit.Crop, ImageFilter.Bilinear, 3).Apply(gray);

        gray.Data.ToArray().Should().Equal(76, 150, 29, 255);
        rgb.Data.ToArray()[..6].Should().Equal(76, 76, 76, 150, 150, 150);
    }

    [Fact]
    public void Nothing_to_do_copies_nothing()
    {
        ImagePixels image = Gray(4, 4, (y, x) => y * x);

        new Preparation(4, ImageFit.Crop, ImageFilter.Bilinear, 1).Apply(image).Should().BeSameAs(image);
    }

    [Fact]
    public void Transparent_pixels_are_blended_over_white()
    {
        ImagePixels half = ImageDecoder.Decode(TemporaryFolder.Encode(new SKColor(200, 0, 0, 128)), "half", ImagePixels.MostPixels);
        ImagePixels none = ImageDecoder.Decode(TemporaryFolder.Encode(SKColors.Transparent), "none", ImagePixels.MostPixels);

        half.Data.ToArray()[..3].Should().Equal(227, 127, 127);
        none.Data.ToArray().Should().OnlyContain(value => value == 255);
    }

    [Fact]
    public void Gray_files_have_one_channel()
    {
        using var bitmap = new SKBitmap(new SKImageInfo(3, 2, SKColorType.Gray8, SKAlphaType.Opaque));
        new byte[] { 1, 2, 3, 4, 5, 6 }.CopyTo(bitmap.GetPixelSpan());

        ImagePixels image = ImageDecoder.Decode(TemporaryFolder.Encode(bitmap), "gray", ImagePixels.MostPixels);

        (image.Height, image.Width, image.Channels).Should().Be((2, 3, 1));
        image.Data.ToArray().Should().Equal(1, 2, 3, 4, 5, 6);
    }

    // Each file holds the rows and columns that the camera saw; upright, the corner is red and the corner to its right is blue.
    [Theory]
    [InlineData(1, "RB/KG")]
    [InlineData(2, "BR/GK")]
    [InlineData(3, "GK/BR")]
    [InlineData(4, "KG/RB")]
    [InlineData(5, "RK/BG")]
    [InlineData(6, "BG/RK")]
    [InlineData(7, "GB/KR")]
    [InlineData(8, "KR/GB")]
    public void Rotates_images_according_to_their_Exif_orientation(int orientation, string stored)
    {
        ImagePixels image = ImageDecoder.Decode(Photo(stored, (byte)orientation), "photo", ImagePixels.MostPixels);

        Corner(image, 0, 0).Should().Be('R');
        Corner(image, 0, image.Width - 1).Should().Be('B');
        Corner(image, image.Height - 1, 0).Should().Be('K');
        Corner(image, image.Height - 1, image.Width - 1).Should().Be('G');
    }

    private static byte[] Photo(string stored, byte orientation)
    {
        const int Cell = 16;
        using var bitmap = new SKBitmap(2 * Cell, 2 * Cell);
        using (var canvas = new SKCanvas(bitmap))
        {
            for (int i = 0; i < 4; i++)
            {
                using var paint = new SKPaint
                {
                    Color = stored.Replace("/", "")[i] switch
                    {
                        'R' => SKColors.Red,
                        'B' => SKColors.Blue,
                        'G' => SKColors.Lime,
                        _ => SKColors.Black
                    }
                };
                canvas.DrawRect(i % 2 * Cell, i / 2 * Cell, Cell, Cell, paint);
            }
        }

        // An APP1 segment with one Exif entry: tag 0x0112 (orientation), a short.
        byte[] jpeg = TemporaryFolder.Encode(bitmap, SKEncodedImageFormat.Jpeg);
        byte[] tiff = [.. "MM"u8, 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0];
        byte[] exif = [0xFF, 0xE1, 0, (byte)(2 + 6 + tiff.Length), .. "Exif"u8, 0, 0, .. tiff];
        return [.. jpeg[..2], .. exif, .. jpeg[2..]];
    }

    private static char Corner(ImagePixels image, int y, int x)
    {
        ReadOnlySpan<byte> pixel = image.Data.Span.Slice((y * image.Width + x) * 3, 3);
        return (pixel[0] > 128, pixel[1] > 128, pixel[2] > 128) switch
        {
            (true, false, false) => 'R',
            (false, true, false) => 'G',
            (false, false, true) => 'B',
            _ => 'K',
        };
    }

    private static ImagePixels Gray(int height, int width, Func<int, int, int> value) => new(
        height, width, 1, Enumerable.Range(0, height * width).Select(i => (byte)value(i / width, i % width)).ToArray());
}
