using Tenon.Layers.Images;

namespace Tenon.Layers.Tests.Images;

public sealed class ImageTensorsTests
{
    private static readonly ImageAugmentation _both = new(FlipProbability: 0.5, CropPadding: 2);

    [Fact]
    public void Channels_come_before_rows()
    {
        var image = new ImagePixels(1, 2, 3, new byte[] { 0, 51, 102, 153, 204, 255 });

        using Tensor tensor = ImageTensors.Stack([image, image], ImageNormalization.ZeroToOne);

        tensor.shape.Should().Equal(2, 3, 1, 2);
        tensor.dtype.Should().Be(torch.ScalarType.Float32);
        Numbers(tensor)[..6].Should().Equal([0f, 0.6f, 0.2f, 0.8f, 0.4f, 1f], (a, b) => Math.Abs(a - b) < 1e-6);
    }

    [Fact]
    public void Normalizes_each_channel()
    {
        var image = new ImagePixels(1, 1, 3, new byte[] { 0, 255, 128 });

        using Tensor symmetric = ImageTensors.Stack([image], ImageNormalization.MinusOneToOne);
        using Tensor own = ImageTensors.Stack([image], new ImageNormalization([0.5, 0.25, 0], [0.5, 0.25, 2]));

        Numbers(symmetric).Should().Equal([-1f, 1f, 128 / 127.5f - 1], (a, b) => Math.Abs(a - b) < 1e-6);
        Numbers(own).Should().Equal([-1f, 3f, 128 / 510f], (a, b) => Math.Abs(a - b) < 1e-6);
    }

    [Fact]
    public void Without_augmentation_nothing_is_drawn_and_nothing_changes()
    {
        var random = new SeededRandom(3);
        ulong next = new SeededRandom(3).NextUInt64();

        using Tensor plain = ImageTensors.Stack(Images(4), ImageNormalization.ZeroToOne);
        using Tensor off = ImageTensors.Stack(Images(4), ImageNormalization.ZeroToOne, ImageAugmentation.None, random);

        Numbers(off).Should().Equal(Numbers(plain));
        random.NextUInt64().Should().Be(next);
    }

    [Fact]
    public void The_seed_determines_the_augmentation()
    {
        using Tensor first = ImageTensors.Stack(Images(8), ImageNormalization.ZeroToOne, _both, new SeededRandom(3));
        using Tensor again = ImageTensors.Stack(Images(8), ImageNormalization.ZeroToOne, _both, new SeededRandom(3));
        using Tensor other = ImageTensors.Stack(Images(8), ImageNormalization.ZeroToOne, _both, new SeededRandom(4));

        Numbers(again).Should().Equal(Numbers(first));
        Numbers(other).Should().NotEqual(Numbers(first));
    }

    [Fact]
    public void A_certain_flip_mirrors_rows()
    {
        using Tensor plain = ImageTensors.Stack(Images(3), ImageNormalization.ZeroToOne);
        using Tensor flipped =
            ImageTensors.Stack(Images(3), ImageNormalization.ZeroToOne, new ImageAugmentation(FlipProbability: 1), new SeededRandom(1));
        using Tensor mirrored = plain.flip(3);

        Numbers(flipped).Should().Equal(Numbers(mirrored));
    }

    [Fact]
    public void A_crop_is_a_part_of_the_padded_image()
    {
        const int Padding = 2;
        using Tensor plain = ImageTensors.Stack(Images(64), ImageNormalization.MinusOneToOne);
        using Tensor cropped = ImageTensors.Stack(Images(64), ImageNormalization.MinusOneToOne,
            new ImageAugmentation(CropPadding: Padding), new SeededRandom(1));
        using Tensor padded = torch.nn.functional.pad(plain, [Padding, Padding, Padding, Padding], value: -1);

        var corners = new HashSet<(int, int)>();
        for (int i = 0; i < 64; i++)
        {
            float[] image = Numbers(cropped[i]);
            (int Y, int X)[] fitting =
            [
                .. from y in Enumerable.Range(0, 2 * Padding + 1)
                   from x in Enumerable.Range(0, 2 * Padding + 1)
                   where Numbers(padded[i].narrow(1, y, 6).narrow(2, x, 5).contiguous()).AsSpan().SequenceEqual(image)
                   select (y, x),
            ];
            fitting.Should().ContainSingle();
            corners.Add(fitting[0]);
        }

        corners.Should().HaveCountGreaterThan(15, "all 25 corners are equally likely");
    }

    [Fact]
    public void Padding_wider_than_the_image_is_black()
    {
        var white = new ImagePixels(2, 2, 1, new byte[] { 255, 255, 255, 255 });

        using Tensor cropped = ImageTensors.Stack([.. Enumerable.Repeat(white, 200)], ImageNormalization.ZeroToOne,
            new ImageAugmentation(CropPadding: 9), new SeededRandom(1));

        Numbers(cropped).Should().OnlyContain(value => value == 0 || value == 1).And.Contain(0f).And.Contain(1f);
    }

    [Fact]
    public void A_rotated_image_keeps_its_slopes()
    {
        const double Degrees = 20;
        float[][] slopes = Slopes(new ImageAugmentation(Rotation: Degrees));

        slopes.Should().OnlyContain(slope => Math.Abs(Length(slope) - 1) < 1e-3, "turning keeps lengths");
        slopes.Should().OnlyContain(slope => Math.Abs(Math.Atan2(slope[1], slope[0])) <= Degrees * Math.PI / 180 + 1e-3);
        slopes.Should().Contain(slope => slope[1] > 0.1).And.Contain(slope => slope[1] < -0.1);
    }

    [Fact]
    public void A_scaled_image_has_other_slopes_in_the_same_direction()
    {
        float[][] slopes = Slopes(new ImageAugmentation(Scaling: 0.25));

        slopes.Should().OnlyContain(slope => Math.Abs(slope[1]) < 1e-3)
            .And.OnlyContain(slope => slope[0] > 1 / 1.251 && slope[0] < 1 / 0.749);
        slopes.Should().Contain(slope => slope[0] > 1.1).And.Contain(slope => slope[0] < 0.9);
    }

    [Fact]
    public void Rotating_about_the_center_and_shifting_combine()
    {
        // A single white pixel is where moving put it, whatever the angle, because it is the center that is turned about.
        byte[] data = new byte[7 * 7];
        data[3 * 7 + 3] = 255;
        var image = new ImagePixels(7, 7, 1, data);

        using Tensor turned = ImageTensors.Stack([image], ImageNormalization.ZeroToOne, new ImageAugmentation(Rotation: 180, Scaling: 0.1),
            new SeededRandom(3));

        turned[0, 0, 3, 3].item<float>().Should().BeApproximately(1, 1e-6f);
    }

    [Theory]
    [InlineData(-1, 0)]
    [InlineData(0, -0.1)]
    [InlineData(0, 1)]
    public void Rejects_angles_and_scales_out_of_range(double rotation, double scaling)
    {
        Action stack = () => ImageTensors.Stack(Images(1), ImageNormalization.ZeroToOne,
            new ImageAugmentation(Rotation: rotation, Scaling: scaling), new SeededRandom(1));

        stack.Should().Throw<ArgumentOutOfRangeException>();
    }

    [Fact]
    public void Rejects_images_of_different_sizes()
    {
        Action stack = () => ImageTensors.Stack([new ImagePixels(2, 2, 1, new byte[4]), new ImagePixels(2, 3, 1, new byte[6])],
            ImageNormalization.ZeroToOne);

        stack.Should().Throw<DataException>()
            .WithMessage("*the first is 2×2×1, but number 1 is 2×3×1*Set the data's 'size' and 'channels'*");
    }

    [Fact]
    public void Rejects_means_of_other_channels()
    {
        Action stack = () => ImageTensors.Stack(Images(1)[..1].Select(_ => new ImagePixels(1, 1, 1, new byte[1]))
            .ToArray(), new ImageNormalization([0, 0, 0], [1, 1, 1]));

        stack.Should().Throw<DataException>().WithMessage("*1 channel*means for 3*");
    }

    [Fact]
    public void Rejects_augmentation_without_a_stream()
    {
        Action stack = () => ImageTensors.Stack(Images(1), ImageNormalization.ZeroToOne, _both);

        stack.Should().Throw<ArgumentNullException>().WithParameterName("random");
    }

    // Of an image whose value is the column: bilinear interpolation is exact on it, so that the slopes to the right and down
    // around the center are those of the map.
    private static float[][] Slopes(ImageAugmentation augmentation)
    {
        byte[] data = [.. Enumerable.Range(0, 15 * 15).Select(i => (byte)(i % 15))];
        using Tensor turned = ImageTensors.Stack(
            [.. Enumerable.Repeat(new ImagePixels(15, 15, 1, data), 50)], new ImageNormalization([0], [1 / 255.0]), augmentation,
            new SeededRandom(1));
        return [.. Enumerable.Range(0, 50).Select(i => new[] { Value(i, 7, 8) - Value(i, 7, 7), Value(i, 8, 7) - Value(i, 7, 7) })];

        float Value(int image, int y, int x) => turned[image, 0, y, x].item<float>();
    }

    private static double Length(float[] vector) => Math.Sqrt(vector.Sum(value => (double)value * value));

    // RGB of 6×5 pixels, no value of which is black, so that padding is told from image.
    private static ImagePixels[] Images(int count) =>
    [
        .. Enumerable.Range(0, count).Select(n =>
        {
            byte[] data = new byte[6 * 5 * 3];
            new Random(n).NextBytes(data);
            return new ImagePixels(6, 5, 3, data.Select(value => Math.Max(value, (byte)1)).ToArray());
        }),
    ];

    private static float[] Numbers(Tensor tensor) => tensor.data<float>().ToArray();
}
