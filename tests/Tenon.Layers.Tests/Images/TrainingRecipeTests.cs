using Tenon.Layers.Images;

namespace Tenon.Layers.Tests.Images;

/// <summary>The random changes of training images: what each does, and that it is a function of its numbers.</summary>
public class TrainingRecipeTests
{
    private static readonly ImagePixels Ramp = new(6, 8, 1, Enumerable.Range(0, 48).Select(i => (byte)(i * 5)).ToArray());

    [Theory]
    [InlineData(0.3)]
    [InlineData(1)]
    [InlineData(4)]
    public void Beta_numbers_have_their_mean_and_variance(double alpha)
    {
        var random = new SeededRandom(3);
        double[] numbers = [.. Enumerable.Range(0, 20_000).Select(_ => ImageMixing.Beta(alpha, random))];

        numbers.Should().OnlyContain(number => number >= 0 && number <= 1);
        numbers.Average().Should().BeApproximately(0.5, 0.01);
        numbers.Average(number => Math.Pow(number - 0.5, 2)).Should().BeApproximately(1 / (4 * (2 * alpha + 1)), 0.004);
    }

    [Fact]
    public void Mixup_mixes_images_and_labels_in_the_same_shares()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor own = torch.arange(4, torch.float32).reshape(4, 1, 1, 1).expand(4, 1, 2, 2).contiguous();
        Dictionary<string, Tensor> tensors = Batch(own.clone());

        ImageMixing.Apply(tensors, mixup: 1, cutmix: 0, new SeededRandom(1));

        float share = tensors[ImageMixing.Share].item<float>();
        share.Should().BeInRange(0.01f, 0.99f);
        float[] mixed = [.. tensors["pixel_values"].mean([1L, 2L, 3L]).data<float>()];
        long[] others = [.. tensors[ImageMixing.Labels].data<long>()];
        others.Order().Should().Equal(0, 1, 2, 3);
        for (int i = 0; i < 4; i++)
            mixed[i].Should().BeApproximately(share * i + (1 - share) * others[i], 1e-5f);
    }

    [Fact]
    public void Cutmix_puts_a_rectangle_of_another_image_and_counts_its_area()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor own = torch.arange(4, torch.float32).reshape(4, 1, 1, 1).expand(4, 1, 16, 16).contiguous();
        for (ulong seed = 0; seed < 20; seed++)
        {
            Dictionary<string, Tensor> tensors = Batch(own.clone());

            ImageMixing.Apply(tensors, mixup: 0, cutmix: 1, new SeededRandom(seed));

            double share = tensors[ImageMixing.Share].item<float>();
            long[] others = [.. tensors[ImageMixing.Labels].data<long>()];
            Tensor pixels = tensors["pixel_values"];
            for (int i = 0; i < 4; i++)
            {
                double kept = pixels[i].eq(i).sum().item<long>() / 256.0;
                kept.Should().BeApproximately(others[i] == i ? 1 : share, 1e-6);
            }
        }
    }

    [Fact]
    public void Erasing_fills_one_rectangle_with_noise()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor pixels = torch.full([50, 3, 16, 16], 7f);

        RandomErasing.Apply(pixels, 1, new SeededRandom(1));

        for (int i = 0; i < 50; i++)
        {
            Tensor erased = pixels[i].ne(7).all(0); // [H, W]
            (long rows, long columns, long area) =
                (erased.any(1).sum().item<long>(), erased.any(0).sum().item<long>(), erased.sum().item<long>());
            area.Should().Be(rows * columns).And.BeInRange(3, 100);
        }

        Tensor untouched = torch.full([50, 3, 16, 16], 7f);
        RandomErasing.Apply(untouched, 0, new SeededRandom(1));
        untouched.eq(7).all().item<bool>().Should().BeTrue();
    }

    [Fact]
    public void A_crop_shows_a_part_of_the_image()
    {
        byte[] white = [.. Enumerable.Repeat((byte)255, 64)];
        for (ulong seed = 0; seed < 20; seed++)
        {
            WarpedImage.Crop(new ImagePixels(8, 8, 1, white), 0.1, new SeededRandom(seed)).Data.ToArray().Should()
                .OnlyContain(value => value == 255);
            byte[] part = WarpedImage.Crop(Ramp, 0.1, new SeededRandom(seed)).Data.ToArray();
            part.Min().Should().BeGreaterThanOrEqualTo(0).And.BeLessThanOrEqualTo(part.Max());
            (part.Max() - part.Min()).Should().BeLessThan(235, "a part has fewer levels than the whole, whose last is 235");
        }

        WarpedImage.Crop(Ramp, 1, new SeededRandom(1)).Height.Should().Be(6);
    }

    [Fact]
    public void At_strength_0_most_changes_leave_the_image()
    {
        int[] changing = [.. Enumerable.Range(0, RandAugment.Count).Where(change =>
            !RandAugment.Apply(Ramp, change, 0, 1).Data.Span.SequenceEqual(Ramp.Data.Span))];

        changing.Should().Equal([1], "auto-contrast has no strength; nor has equalization, which needs 255 pixels");
    }

    [Fact]
    public void Changes_do_what_their_names_say()
    {
        static byte[] Values(ImagePixels image) => image.Data.ToArray();
        static ImagePixels Row(params byte[] values) => new(1, values.Length, 1, values);

        Values(RandAugment.Apply(Row(50, 100, 150), 1, 0, 1)).Should().Equal(0, 128, 255); // auto-contrast
        Values(RandAugment.Apply(Row(10, 100, 200), 4, 15, 1)).Should().Equal(10, 100, 55); // solarize above 128
        Values(RandAugment.Apply(Row(15, 16, 255), 5, 30, 1)).Should().Equal(0, 16, 240); // posterize to 4 bits
        Values(RandAugment.Apply(Row(100, 200), 8, 30, -1)).Should().Equal(10, 20); // brightness × 0.1
        Values(RandAugment.Apply(Row(100, 200), 7, 30, -1)).Should().Equal(145, 155); // contrast × 0.1 about 150
        Values(RandAugment.Apply(Row(1, 2, 3, 4), 12, 30, 1)).Should().Equal(2, 3, 4, 0); // shift by ⌊4 · 150 / 331⌋
        var color = new ImagePixels(1, 1, 3, new byte[] { 255, 0, 0 });
        Values(RandAugment.Apply(color, 6, 30, -1)).Should().Equal(94, 68, 68); // towards its gray, 76
    }

    [Fact]
    public void RandAugment_is_a_function_of_its_numbers()
    {
        byte[] Of(ulong seed) => RandAugment.Apply(Ramp, 2, 9, new SeededRandom(seed)).Data.ToArray();

        Of(1).Should().Equal(Of(1));
        Enumerable.Range(0, 20).Select(seed => Convert.ToHexString(Of((ulong)seed))).Distinct().Should().HaveCountGreaterThan(10);
    }

    private static Dictionary<string, Tensor> Batch(Tensor pixels) =>
        new() { ["pixel_values"] = pixels, ["labels"] = torch.tensor(new long[] { 0, 1, 2, 3 }) };
}
