using SkiaSharp;
using Tenon.Host.Data;
using Tenon.Host.Models;
using Tenon.Host.Tests.Evaluation;

namespace Tenon.Host.Tests.Models;

[Collection("torch")]
public sealed class ModelInputsTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tenon-inputs-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void An_image_is_cut_to_its_middle_and_brought_to_the_models_size()
    {
        // Black, white, white, black columns of 4×2: the middle square is white.
        string file = Png(4, 2, (x, _) => x is 1 or 2 ? SKColors.White : SKColors.Black);
        ImagePixels image = ImageFile.Read(file, (2, 2, 1));
        (image.Height, image.Width, image.Channels).Should().Be((2, 2, 1));
        image.Data.ToArray().Should().Equal(255, 255, 255, 255);
    }

    [Fact]
    public void Colours_become_luma_for_a_grey_model_and_stay_for_a_colour_one()
    {
        string file = Png(2, 2, (_, _) => new SKColor(255, 0, 0));
        ImageFile.Read(file, (2, 2, 1)).Data.ToArray().Should().OnlyContain(value => value == 76);
        ImageFile.Read(file, (1, 1, 3)).Data.ToArray().Should().Equal(255, 0, 0);
    }

    [Fact]
    public void Transparent_pixels_are_white()
    {
        string file = Png(2, 2, (_, _) => SKColors.Transparent);
        ImageFile.Read(file, (2, 2, 3)).Data.ToArray().Should().OnlyContain(value => value == 255);
    }

    [Fact]
    public void Pixels_of_the_right_size_stay_as_they_are()
    {
        var image = new ImagePixels(1, 2, 3, new byte[] { 1, 2, 3, 4, 5, 6 });
        ImageFile.Fit(image, (1, 2, 3)).Should().BeSameAs(image);
        ImageFile.Fit(new ImagePixels(1, 2, 1, new byte[] { 7, 9 }), (1, 2, 3)).Data.ToArray().Should().Equal(7, 7, 7, 9, 9, 9);
    }

    [Fact]
    public void A_file_that_is_no_image_is_refused()
    {
        string file = Path.Combine(_folder.FullName, "notes.png");
        File.WriteAllText(file, "no pixels");
        file.Invoking(path => ImageFile.Read(path, (2, 2, 1))).Should().Throw<DataException>()
            .WithMessage($"'{file}' is not a readable image. Use a PNG, JPEG, WebP, BMP or GIF file.");
        "nowhere.png".Invoking(path => ImageFile.Read(path, (2, 2, 1))).Should().Throw<DataException>().WithMessage("There is no image file 'nowhere.png'.");
    }

    [Fact]
    public void A_damaged_image_is_refused()
    {
        string file = Png(64, 64, (x, y) => new SKColor((byte)(x * 4), (byte)(y * 4), (byte)(x ^ y)));
        byte[] bytes = File.ReadAllBytes(file);
        File.WriteAllBytes(file, bytes[..(bytes.Length / 2)]);
        file.Invoking(path => ImageFile.Read(path, (2, 2, 1))).Should().Throw<DataException>().WithMessage("*is not a readable image*");
    }

    [Fact]
    public void Texts_are_framed_and_shorter_ones_filled_up()
    {
        using var model = new NextLetterModel();
        using Batch batch = ModelInputs.Batches(model, new LetterTokenizer(), ["abc", "d"]).Single();
        batch[BatchNames.InputIds].data<long>().ToArray().Should().Equal(26, 0, 1, 2, 27, 26, 3, 27, 29, 29);
        batch[BatchNames.AttentionMask].data<long>().ToArray().Should().Equal(1, 1, 1, 1, 1, 1, 1, 1, 0, 0);
    }

    [Fact]
    public void Files_become_batches_of_a_model_of_images()
    {
        string white = Png(4, 4, (_, _) => SKColors.White);
        using var model = new BrightnessModel();
        using Batch batch = ModelInputs.Batches(model, null, [white]).Single();
        batch[BatchNames.PixelValues].data<float>().ToArray().Should().Equal(1, 1, 1, 1);
    }

    [Fact]
    public void A_model_that_takes_neither_texts_nor_images_is_refused()
    {
        using var model = new TwoToneDenoiser();
        model.Invoking(m => ModelInputs.Batches(m, null, ["x"]).ToArray()).Should().Throw<ModelException>().WithMessage(
            "TwoToneDenoiser accepts neither single texts nor images, so it cannot be used here. Open another model.");
    }

    private string Png(int width, int height, Func<int, int, SKColor> colour)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Unpremul));
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
                bitmap.SetPixel(x, y, colour(x, y));
        }

        string file = Path.Combine(_folder.FullName, $"{Guid.NewGuid():N}.png");
        using SKData png = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        File.WriteAllBytes(file, png.ToArray());
        return file;
    }
}
