using System.Buffers.Binary;
using SkiaSharp;
using Tenon.Host.Data;
using Tenon.Host.Models;
using Tenon.Host.Tests.Evaluation;
using TorchSharp;
using Tensor = TorchSharp.torch.Tensor;

namespace Tenon.Host.Tests.Models;

[Collection("torch")]
public sealed class ModelInputsTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tenon-inputs-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void An_image_is_prepared_as_the_model_says_by_default_cut_to_its_middle()
    {
        // Black, white, white, black columns of 4×2: the middle square is white.
        string file = Png(4, 2, (x, _) => x is 1 or 2 ? SKColors.White : SKColors.Black);
        using var middle = new BrightnessModel();
        using var stretched = new BrightnessModel { ImagePreparation = ImagePreparation.Stretch(2, 2, ImageFilter.Box) };
        Values(middle).Should().Equal(1, 1, 1, 1);
        Values(stretched).Should().AllSatisfy(value => value.Should().BeApproximately(0.5f, 0.01f));

        float[] Values(BrightnessModel model)
        {
            using Batch batch = ModelInputs.Map<Batch>(model, null, [file], made => [made]).Single();
            return batch[BatchNames.PixelValues].data<float>().ToArray();
        }
    }

    [Fact]
    public void An_image_that_does_not_get_the_models_size_is_refused_with_both()
    {
        string file = Png(4, 3, (_, _) => SKColors.White);
        using var model = new BrightnessModel { ImagePreparation = new ImagePreparation() };
        model.Invoking(m => ModelInputs.Map<Batch>(m, null, [file], made => [made]).ToArray()).Should().Throw<DataException>().WithMessage(
            $"'{file}' is 3×4, and preprocessing converts it to 3×4, but the model accepts only 2×2. *preprocessor_config.json.");
    }

    [Fact]
    public void Colors_become_luma_for_a_gray_model_and_gray_becomes_a_color()
    {
        ImagePixels red = ImageFile.Read(Png(2, 2, (_, _) => new SKColor(255, 0, 0)));
        red.Data.ToArray()[..3].Should().Equal(255, 0, 0);
        red.WithChannels(1).Data.ToArray().Should().OnlyContain(value => value == 76);
        new ImagePixels(1, 2, 1, new byte[] { 7, 9 }).WithChannels(3).Data.ToArray().Should().Equal(7, 7, 7, 9, 9, 9);
        red.WithChannels(3).Should().BeSameAs(red);
    }

    [Fact]
    public void Transparent_pixels_are_white()
    {
        string file = Png(2, 2, (_, _) => SKColors.Transparent);
        ImageFile.Read(file).Data.ToArray().Should().OnlyContain(value => value == 255);
    }

    [Fact]
    public void An_image_that_claims_too_many_pixels_is_refused_with_its_size_before_decoding()
    {
        string file = Png(1, 1, (_, _) => SKColors.White);
        File.WriteAllBytes(file, WithSize(File.ReadAllBytes(file), 30_000, 20_000));
        file.Invoking(path => ImageFile.Read(path)).Should().Throw<DataException>().WithMessage(
            $"'{file}' has 30000 × 20000 pixels; at most 89,478,485 are read. Scale the image down, or raise the limit with " +
            "--maximum-pixels.");
    }

    // The header chunk of a PNG follows its signature: length, name, width, height, five bytes and a checksum.
    private static byte[] WithSize(byte[] png, int width, int height)
    {
        BinaryPrimitives.WriteInt32BigEndian(png.AsSpan(16), width);
        BinaryPrimitives.WriteInt32BigEndian(png.AsSpan(20), height);
        BinaryPrimitives.WriteUInt32BigEndian(png.AsSpan(29), Checksum(png.AsSpan(12, 17)));
        return png;
    }

    // CRC-32 of the PNG specification, annex D.
    private static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        uint sum = uint.MaxValue;
        foreach (byte value in bytes)
        {
            sum ^= value;
            for (int bit = 0; bit < 8; bit++)
                sum = (sum >> 1) ^ ((sum & 1) * 0xEDB88320);
        }

        return ~sum;
    }

    [Fact]
    public void A_file_that_is_no_image_is_refused()
    {
        string file = Path.Combine(_folder.FullName, "notes.png");
        File.WriteAllText(file, "no pixels");
        file.Invoking(path => ImageFile.Read(path)).Should().Throw<DataException>()
            .WithMessage($"'{file}' is not a readable image. Use a PNG, JPEG, WebP, BMP or GIF file.");
        "nowhere.png".Invoking(path => ImageFile.Read(path)).Should().Throw<DataException>()
            .WithMessage("The image file 'nowhere.png' does not exist.");
    }

    [Fact]
    public void A_damaged_image_is_refused()
    {
        string file = Png(64, 64, (x, y) => new SKColor((byte)(x * 4), (byte)(y * 4), (byte)(x ^ y)));
        byte[] bytes = File.ReadAllBytes(file);
        File.WriteAllBytes(file, bytes[..(bytes.Length / 2)]);
        file.Invoking(path => ImageFile.Read(path)).Should().Throw<DataException>().WithMessage("*is not a readable image*");
    }

    [Fact]
    public void Texts_are_framed_and_shorter_ones_filled_up()
    {
        using var model = new NextLetterModel();
        using Batch batch = ModelInputs.Map<Batch>(model, new LetterTokenizer(), ["d", "abc"], made => [made, made]).First();
        batch[BatchNames.InputIds].data<long>().ToArray().Should().Equal(26, 0, 1, 2, 27, 26, 3, 27, 29, 29);
        batch[BatchNames.AttentionMask].data<long>().ToArray().Should().Equal(1, 1, 1, 1, 1, 1, 1, 1, 0, 0);
    }

    [Fact]
    public void Texts_with_similar_numbers_of_tokens_share_a_batch()
    {
        using var model = new NextLetterModel { ContextLength = 64 };
        string[] texts = [.. Enumerable.Range(0, 40).Select(i => new string('a', 1 + i * 7 % 40))];
        var lengths = new List<long>();
        int[] found = [.. ModelInputs.Map(model, new LetterTokenizer(), texts, made =>
        {
            using Batch batch = made;
            lengths.Add(batch[BatchNames.InputIds].size(1));
            Tensor mask = batch.Find(BatchNames.AttentionMask) ?? torch.ones_like(batch[BatchNames.InputIds]);
            return mask.sum(1L).data<long>().Select(count => (int)count).ToArray();
        })];
        found.Should().Equal(texts.Select(text => text.Length + 2)); // in the order of the texts
        lengths.Should().Equal(42, 30, 13); // 12 texts of up to 42 tokens, 17 of up to 30, and 11 of up to 13
    }

    [Fact]
    public void Files_become_batches_of_a_model_of_images()
    {
        string white = Png(4, 4, (_, _) => SKColors.White);
        using var model = new BrightnessModel();
        using Batch batch = ModelInputs.Map<Batch>(model, null, [white], made => [made]).Single();
        batch[BatchNames.PixelValues].data<float>().ToArray().Should().Equal(1, 1, 1, 1);
    }

    [Fact]
    public void A_model_that_takes_neither_texts_nor_images_is_refused()
    {
        using var model = new TwoToneDenoiser();
        model.Invoking(m => ModelInputs.Map<Batch>(m, null, ["x"], made => [made]).ToArray()).Should().Throw<ModelException>().WithMessage(
            "TwoToneDenoiser accepts neither single texts nor images, so it cannot be used here. Open another model.");
    }

    private string Png(int width, int height, Func<int, int, SKColor> color)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Unpremul));
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
                bitmap.SetPixel(x, y, color(x, y));
        }

        string file = Path.Combine(_folder.FullName, $"{Guid.NewGuid():N}.png");
        using SKData png = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        File.WriteAllBytes(file, png.ToArray());
        return file;
    }
}
