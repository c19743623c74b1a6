using System.Text.Json.Nodes;
using Tenon.Layers.Images;

namespace Tenon.Layers.Tests.Images;

/// <summary>Folders say how images become pixels; transformers' image processors with Pillow are the reference.</summary>
[Collection("torch")]
public sealed class ImagePreprocessorTests
{
    private const string Golden = "image-processors";
    private static readonly JsonObject _cases = Goldens.Config(Golden);

    public static TheoryData<string, string> Cases()
    {
        TheoryData<string, string> cases = [];
        foreach (string name in Goldens.Names(Golden, "outputs.safetensors"))
            cases.Add(name.Split('.')[0], name.Split('.')[1]);
        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Images_are_prepared_as_transformers_does_with_pillow(string processor, string image)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        ImageInputOptions options = Read((JsonObject)_cases[processor]!.DeepClone());

        using Tensor pixels = Pixels(options, Image(image));

        Tensor expected = Goldens.Read(Golden, "outputs.safetensors")[$"{processor}.{image}"];
        pixels.shape.Should().Equal([1, .. expected.shape]);
        // A byte may round the other way in one of a hundred places.
        IReadOnlyList<double> std = options.ImageStd!;
        Tensor step = torch.tensor(std.Select(value => 1.0001 * (options.RescaleFactor ?? 1 / 255.0) / value).ToArray())
            .reshape(1, -1, 1, 1);
        Tensor difference = (pixels - expected).abs();
        (difference <= step).all().item<bool>().Should().BeTrue($"the largest difference is {difference.max().item<float>()}");
        (difference > step / 100).to(torch.ScalarType.Float64).mean().item<double>().Should().BeLessThanOrEqualTo(0.01);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_written_folder_describes_the_same_preparation(string processor, string image)
    {
        ImageInputOptions options = Read((JsonObject)_cases[processor]!.DeepClone());
        ModelConfiguration written = ImagePreprocessor.Describe((TestOptions)options, TestOptions.Map);

        TestOptions again = ImagePreprocessor.Read<TestOptions>(written, TestOptions.Map);

        again.Preparation().Should().Be(options.Preparation());
        using Tensor first = Pixels(options, Image(image));
        using Tensor second = Pixels(again, Image(image));
        Goldens.Difference(first, second).Should().Be(0);
        foreach ((string key, JsonNode? value) in written[ImagePreprocessor.FileName]
            .Where(entry => entry.Key is "do_resize" or "resample" or "do_rescale"))
        {
            JsonNode? setting = key == "resample" && options.ResizeTo is [] ? value : _cases[processor]![key];
            JsonNode.DeepEquals(value, setting).Should().BeTrue($"{key} is {value}");
        }
    }

    // The forms of one setting: published files of all versions.
    [Theory]
    [InlineData("""{ "size": 16 }""", """{ "Size": [16, 16], "Filter": "Bilinear" }""")]
    [InlineData("""{ "feature_extractor_type": "ViTFeatureExtractor", "size": 20, "resample": 3 }""", """{ "Size": [20, 20], "Filter": "Bicubic" }""")]
    [InlineData("""{ "image_processor_type": "ViTImageProcessorFast", "size": { "height": 16, "width": 20 }, "crop_size": null, "do_center_crop": null, "resample": 1 }""",
        """{ "Size": [16, 20], "Filter": "Lanczos" }""")]
    [InlineData("""{ "size": [16, 20], "resample": "hamming" }""", """{ "Size": [16, 20], "Filter": "Hamming" }""")]
    [InlineData("""{ "do_resize": false }""", """{ "Filter": "Bilinear" }""")]
    [InlineData("""{ "image_processor_type": "CLIPImageProcessor", "size": 22, "crop_size": 16 }""", """{ "Edge": 22, "Filter": "Bicubic", "Crop": [16, 16] }""")]
    [InlineData("""{ "image_processor_type": "CLIPFeatureExtractor", "size": { "shortest_edge": 22, "longest_edge": null }, "crop_size": { "height": 8, "width": 9 } }""",
        """{ "Edge": 22, "Filter": "Bicubic", "Crop": [8, 9] }""")]
    [InlineData("""{ "image_processor_type": "CLIPImageProcessor", "size": { "height": 20, "width": 30 }, "do_center_crop": false }""", """{ "Size": [20, 30], "Filter": "Bicubic" }""")]
    [InlineData("""{ "feature_extractor_type": "DeiTFeatureExtractor" }""", """{ "Size": [256, 256], "Filter": "Bicubic", "Crop": [224, 224] }""")]
    [InlineData("""{ "feature_extractor_type": "ConvNextFeatureExtractor", "size": 224, "crop_pct": 0.875, "resample": 3 }""",
        """{ "Edge": 256, "Filter": "Bicubic", "Crop": [224, 224] }""")]
    [InlineData("""{ "image_processor_type": "ConvNextImageProcessor", "size": { "shortest_edge": 384 } }""", """{ "Size": [384, 384], "Filter": "Bilinear" }""")]
    [InlineData("""{ "image_processor_type": "ViTImageProcessor", "size": { "height": 20, "width": 20 }, "do_center_crop": true, "crop_size": 16 }""",
        """{ "Size": [20, 20], "Filter": "Bilinear", "Crop": [16, 16] }""")]
    public void Every_form_of_the_file_is_read(string file, string expected)
    {
        ImagePreparation preparation = Read((JsonObject)JsonNode.Parse(file)!).Preparation();

        JsonNode wanted = JsonNode.Parse(expected)!;
        preparation.Filter.ToString().Should().Be((string?)wanted["Filter"]);
        preparation.Crop.Should().Be(Pair(wanted["Crop"]));
        preparation.KeepsShape.Should().Be(wanted["Edge"] is not null);
        preparation.Size.Should().Be(wanted["Edge"] is { } edge ? ((int)edge, (int)edge) : Pair(wanted["Size"]));

        static (int, int)? Pair(JsonNode? node) => node is JsonArray pair ? ((int)pair[0]!, (int)pair[1]!) : null;
    }

    [Fact]
    public void The_form_of_one_file_for_all_processors_is_read()
    {
        var folder = new ModelConfiguration(new Dictionary<string, JsonObject>
        {
            ["config.json"] = [],
            ["processor_config.json"] =
                new() { ["image_processor"] = new JsonObject { ["size"] = 20, ["do_rescale"] = false, ["image_mean"] = 0.25 } },
        });

        TestOptions read = ImagePreprocessor.Read<TestOptions>(folder, TestOptions.Map);

        read.ResizeTo.Should().Equal(20, 20);
        read.RescaleFactor.Should().Be(1);
        read.ImageMean.Should().Equal(0.25);
    }

    [Theory]
    [InlineData("""{ "image_processor_type": "LevitImageProcessor" }""", "*'image_processor_type' is \"LevitImageProcessor\". Supported: ViTImageProcessor, *")]
    [InlineData("""{ "resample": 9 }""", "*'resample' is 9. Supported: 0 (nearest), 1 (lanczos), 2 (bilinear)*")]
    [InlineData("""{ "resample": "sharp" }""", "*'resample' is \"sharp\".*")]
    [InlineData("""{ "size": { "longest_edge": 20 } }""", "*'size' is {\"longest_edge\":20}. Supported: a number, 'height' and 'width', or 'shortest_edge'*")]
    [InlineData("""{ "size": { "shortest_edge": 20, "longest_edge": 40 } }""", "*'size' is *")]
    [InlineData("""{ "size": 0 }""", "*'size' is 0.*")]
    [InlineData("""{ "do_center_crop": true, "crop_size": { "shortest_edge": 8 } }""", "*'crop_size' is *")]
    [InlineData("""{ "do_resize": "yes" }""", "*'do_resize' is \"yes\". It must be true or false.")]
    [InlineData("""{ "rescale_factor": 0 }""", "*'rescale_factor' is 0. It must be above 0.")]
    [InlineData("""{ "image_std": [0.5, 0, 0.5] }""", "*'image_std' is [0.5,0,0.5]. Each must be above 0.")]
    [InlineData("""{ "image_mean": [0.5, 0.5] }""", "*'image_mean' is [0.5,0.5]. Give one value, or one for each of 3 channels.")]
    [InlineData("""{ "do_pad": true }""", "*'do_pad' is true. This step is not supported*")]
    public void Unsupported_settings_are_rejected_by_name(string file, string message) =>
        FluentActions.Invoking(() => Read((JsonObject)JsonNode.Parse(file)!)).Should().Throw<ModelException>()
            .WithMessage($"preprocessor_config.json: {message[1..]}");

    [Theory]
    [InlineData(ImageFilter.Nearest)]
    [InlineData(ImageFilter.Lanczos)]
    [InlineData(ImageFilter.Bilinear)]
    [InlineData(ImageFilter.Bicubic)]
    [InlineData(ImageFilter.Box)]
    [InlineData(ImageFilter.Hamming)]
    public void A_cropped_image_has_the_pixels_of_the_whole_one(ImageFilter filter)
    {
        ImagePixels image = Image("wide");
        var whole = new ImagePreparation { Size = (18, 18), KeepsShape = true, Filter = filter };

        ImagePixels cut = (whole with { Crop = (10, 12) }).Apply(image);

        ImagePixels all = whole.Apply(image);
        (int top, int left) = ((all.Height - 10) / 2, (all.Width - 12) / 2);
        byte[] expected = [.. Enumerable.Range(top, 10).SelectMany(y => all.Data.Span.Slice((y * all.Width + left) * 3, 12 * 3).ToArray())];
        cut.Data.ToArray().Should().Equal(expected);
    }

    // Data that resizes images decides what the folder says; data that does not leaves the folder's, where it does nothing to its images.
    [Fact]
    public void The_written_preprocessing_matches_the_training_data()
    {
        var options = new TestOptions { Labels = ["a", "b"], ResizeTo = [22], CropTo = [16, 16], Resample = ImageFilter.Bicubic };

        ImageInput.Resolve(options, Facts(null)).Preparation()
            .Should().Be(ImagePreparation.Stretch(16, 16, ImageFilter.Bicubic), "images of 16 are trained on as they are");
        ImageInput.Resolve(options with { ResizeTo = [16] }, Facts(null)).Preparation().Should()
            .Be(ImagePreparation.Cover(16, 16, ImageFilter.Bicubic));
        ImagePreparation cut = ImagePreparation.Cover(16, 16, ImageFilter.Box);
        TestOptions resolved = ImageInput.Resolve(options, Facts(cut));
        resolved.Preparation().Should().Be(cut);
        ImagePreprocessor.Describe(resolved, TestOptions.Map)[ImagePreprocessor.FileName].ToJsonString().Should().StartWith(
            """{"image_processor_type":"CLIPImageProcessor","do_resize":true,"size":{"shortest_edge":16},"resample":4,"do_center_crop":true,"crop_size":{"height":16,"width":16}""");
        TestOptions plain = ImageInput.Resolve(options, Facts(ImagePreparation.Stretch(16, 16)));
        (plain.ResizeTo, plain.Resample, plain.CropTo).Should().Be((null, null, null), "the default needs no words");

        static ModelFacts Facts(ImagePreparation? preparation) =>
            new(null, new SpecialTokens(), new DataFacts { Labels = ["a", "b"], ImageSize = (16, 16, 3), ImagePreparation = preparation });
    }

    private static TestOptions Read(JsonObject processor) => ImagePreprocessor.Read<TestOptions>(
        new ModelConfiguration(new Dictionary<string, JsonObject> { ["config.json"] = [], [ImagePreprocessor.FileName] = processor }),
        TestOptions.Map);

    private static Tensor Pixels(ImageInputOptions options, ImagePixels image) => ImageTensors.Stack(
        [options.Preparation().Apply(image)],
        new ImageNormalization(options.ImageMean!, options.ImageStd!, options.RescaleFactor ?? ImageNormalization.ToOne));

    private static ImagePixels Image(string name)
    {
        using Tensor image = Goldens.Read(Golden, "inputs.safetensors")[$"image.{name}"];
        byte[] bytes = [.. image.data<long>().Select(value => (byte)value)];
        return new ImagePixels((int)image.shape[0], (int)image.shape[1], (int)image.shape[2], bytes);
    }

    private sealed record TestOptions : ImageClassifierOptions
    {
        public static TestOptions Map(ConfigMap map, TestOptions options) => options with
        {
            ImageSize = map.Value("image_size", options.ImageSize, 16),
            Channels = map.Value("num_channels", options.Channels, 3),
        };
    }
}
