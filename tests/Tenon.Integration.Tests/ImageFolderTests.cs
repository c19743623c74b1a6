using System.Text.Json.Nodes;
using SkiaSharp;
using Tenon.Safetensors;
using TorchSharp;

namespace Tenon.Integration.Tests;

/// <summary>Folders of image models as they are on the hub, and what they say about images.</summary>
[Collection(InOneProcess.Name)]
public sealed class ImageFolderTests : IDisposable
{
    private static readonly string Goldens = Path.Combine(AppContext.BaseDirectory, "data", "goldens");

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tenon-images-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void A_bare_vision_transformer_embeds_and_its_missing_head_is_named()
    {
        string whole = Path.Combine(_folder.FullName, "whole"), bare = Path.Combine(_folder.FullName, "bare");
        Copy("vit-tiny", whole);
        Copy("vit-tiny", bare);
        Bare(bare);
        string image = Image("image.png", 40, 30);

        ProgramResult embed = Tenon("embed", bare, image, "--json"), classify = Tenon("classify", bare, image);

        embed.ExitCode.Should().Be(0, embed.All);
        embed.Output.Should().Be(Tenon("embed", whole, image, "--json").Output);
        embed.Errors.Should().Be($"The folder contains weights of other heads, which are ignored: pooler.dense.bias, " +
            $"pooler.dense.weight.{Environment.NewLine}");
        classify.ExitCode.Should().Be(4, classify.All);
        classify.Errors.Should().Contain("'classify' needs the head of the model, but the folder has no weights for it: " +
            "classifier.bias, classifier.weight are missing.");
    }

    [Theory]
    [InlineData("classify")]
    [InlineData("embed")]
    public void An_image_with_more_pixels_than_the_limit_is_refused(string verb)
    {
        string folder = Path.Combine(_folder.FullName, "limited"), image = Image("limited.png", 40, 30);
        Copy("vit-tiny", folder);

        ProgramResult refused = Tenon(verb, folder, image, "--maximum-pixels", "1199");

        refused.ExitCode.Should().Be(4, refused.All);
        refused.Errors.Should().Be($"'{image}' has 40 × 30 pixels; at most 1,199 are read. Scale the image down, or raise the limit " +
            $"with --maximum-pixels.{Environment.NewLine}");
        Tenon(verb, folder, image, "--maximum-pixels", "1200").ExitCode.Should().Be(0);
        Tenon(verb, folder, image, "--maximum-pixels", "0").ExitCode.Should().Be(2);
    }

    [Fact]
    public void A_u_net_saved_alone_opens()
    {
        string folder = Path.Combine(_folder.FullName, "unet");
        Directory.CreateDirectory(folder);
        File.Copy(Path.Combine(Goldens, "ddpm-tiny", "config.json"), Path.Combine(folder, "config.json"));
        File.Copy(Path.Combine(Goldens, "ddpm-tiny", "model.safetensors"), Path.Combine(folder, "diffusion_pytorch_model.safetensors"));

        ProgramResult sample = Tenon("sample", folder, "--steps", "2", "--output", Path.Combine(_folder.FullName, "grid.png"));

        sample.ExitCode.Should().Be(0, sample.All);
        File.Exists(Path.Combine(_folder.FullName, "grid.png")).Should().BeTrue();
    }

    [Fact]
    public void An_image_is_prepared_as_the_folder_says()
    {
        string folder = Path.Combine(_folder.FullName, "vit");
        Copy("vit-tiny", folder);
        string wide = Image("wide.png", 64, 32), square = Image("square.png", 32, 32);

        Processor("""{ "image_processor_type": "ViTImageProcessor", "size": { "height": 32, "width": 32 }, "resample": 0 }""");
        Tenon("embed", folder, wide, "--json").Output.Should()
            .Contain(Vector(Tenon("embed", folder, square, "--json")), "both are red in the left quarter");
        Processor("""{ "image_processor_type": "CLIPImageProcessor", "size": { "shortest_edge": 32 }, "crop_size": 32 }""");
        Tenon("embed", folder, wide, "--json").Output.Should().NotContain(Vector(Tenon("embed", folder, square, "--json")));
        Processor("""{ "do_resize": false }""");
        ProgramResult refused = Tenon("embed", folder, wide);
        refused.ExitCode.Should().Be(4, refused.All);
        refused.Errors.Should().Contain("is 32×64, and preprocessing converts it to 32×64, but the model accepts only 32×32.");
        Processor("""{ "image_processor_type": "LevitImageProcessor" }""");
        Tenon("embed", folder, wide).Errors.Should()
            .Contain("preprocessor_config.json: 'image_processor_type' is \"LevitImageProcessor\". Supported: ");

        void Processor(string content) => File.WriteAllText(Path.Combine(folder, "preprocessor_config.json"), content);
        static string Vector(ProgramResult result) => JsonNode.Parse(result.Output)![0]!["vector"]!.ToJsonString();
    }

    [Fact]
    public void Weights_of_another_format_are_called_what_they_are()
    {
        string folder = Path.Combine(_folder.FullName, "vit");
        Copy("vit-tiny", folder);
        File.Move(Path.Combine(folder, "model.safetensors"), Path.Combine(folder, "pytorch_model.bin"));

        ProgramResult result = Tenon("embed", folder, Image("image.png", 8, 8));

        result.ExitCode.Should().Be(4, result.All);
        result.Errors.Should().Contain("has no weights").And.Contain("It contains pytorch_model.bin: pickled PyTorch weights");
    }

    // The layout that transformers writes for ViTModel: no prefix, no classifier, a pooler.
    private static void Bare(string folder)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        string path = Path.Combine(folder, "model.safetensors");
        List<(string, torch.Tensor)> kept = [("pooler.dense.weight", torch.zeros(64, 64)), ("pooler.dense.bias", torch.zeros(64))];
        using (SafetensorsFile file = SafetensorsFile.Open(path))
            kept.AddRange(file.Tensors.Keys.Where(name => name.StartsWith("vit.", StringComparison.Ordinal))
                .Select(name => (name["vit.".Length..], file.Read(name))));
        SafetensorsFile.Write(path, kept);
        string config = Path.Combine(folder, "config.json");
        JsonObject content = JsonNode.Parse(File.ReadAllText(config))!.AsObject();
        content["architectures"] = new JsonArray("ViTModel");
        File.WriteAllText(config, content.ToJsonString());
    }

    private static void Copy(string golden, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string file in (string[])["config.json", "model.safetensors"])
            File.Copy(Path.Combine(Goldens, golden, file), Path.Combine(to, file));
    }

    // The left quarter red, the rest blue.
    private string Image(string name, int width, int height)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        using (var canvas = new SKCanvas(bitmap))
        {
            canvas.Clear(SKColors.Blue);
            using var red = new SKPaint { Color = SKColors.Red };
            canvas.DrawRect(0, 0, width / 4, height, red);
        }

        using SKData png = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        string file = Path.Combine(_folder.FullName, name);
        File.WriteAllBytes(file, png.ToArray());
        return file;
    }

    private ProgramResult Tenon(params string[] arguments) => InProcess.Run(_folder.FullName, arguments);
}
