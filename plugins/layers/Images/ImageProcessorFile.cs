using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Tenon.Layers.Images;

/// <summary>
/// The settings of one of transformers' image processors: <c>preprocessor_config.json</c> of all versions, or the object
/// <c>image_processor</c> in <c>processor_config.json</c>.
/// </summary>
internal sealed class ImageProcessorFile
{
    private const string Newer = "processor_config.json";

    // ConvNext stretches images of this size or larger.
    private const int StretchedFrom = 384;

    // Steps that change pixels and that no supported class performs.
    private static readonly string[] _unsupportedSteps =
        ["do_pad", "do_thumbnail", "do_align_long_axis", "do_align_axis", "do_flip_channel_order", "do_grayscale", "do_split_image",
            "rescale_offset"];

    private readonly string _file;
    private readonly JsonObject _content;
    private readonly ImageProcessorType _type;

    private ImageProcessorFile(string file, JsonObject content)
    {
        (_file, _content) = (file, content);
        string key = content["image_processor_type"] is null ? "feature_extractor_type" : "image_processor_type";
        string? name = content[key] is null ? null : Value<string>(key, "a string", "");
        _type = name is null ? ImageProcessorType.ViT : ImageProcessorType.Find(name) ?? throw Error(key,
            $"Supported: {string.Join(", ", ImageProcessorType.Names)}, their fast forms, and the feature extractors of earlier versions.");
        if (_unsupportedSteps.FirstOrDefault(step => content[step] is JsonValue value && value.GetValueKind() == JsonValueKind.True)
            is { } unsupported)
            throw Error(unsupported, "This step is not supported. Only false is allowed.");
        Preparation = Crop(Resize());
    }

    /// <summary>How images of any size are converted to the model's size.</summary>
    public ImagePreparation Preparation { get; }

    /// <summary>The file of a folder; null if there is none.</summary>
    /// <param name="folder">The files of a model folder.</param>
    /// <exception cref="ModelException">A value is not supported.</exception>
    public static ImageProcessorFile? Find(ModelConfiguration folder)
    {
        if (folder.Files.GetValueOrDefault(ImagePreprocessor.FileName) is { } content)
            return new ImageProcessorFile(ImagePreprocessor.FileName, content);
        return folder.Files.GetValueOrDefault(Newer)?["image_processor"] is JsonObject part ? new ImageProcessorFile(Newer, part) : null;
    }

    /// <summary>Height and width of the prepared images, for architectures whose <c>config.json</c> has none.</summary>
    /// <returns>Null where images keep their size.</returns>
    /// <exception cref="ModelException">They are not square.</exception>
    public int? SquareSize()
    {
        (int Height, int Width)? size = Preparation.Crop ?? Preparation.Size;
        return size is null || size.Value.Height == size.Value.Width ? size?.Height : throw Error(
            Preparation.Crop is null ? "size" : "crop_size",
            "Its height and width must be equal, because the architecture takes square images.");
    }

    /// <summary>Options with the file's settings.</summary>
    /// <param name="options">The options that were read from <c>config.json</c>.</param>
    /// <exception cref="ModelException">A value is not supported.</exception>
    public ImageInputOptions Apply(ImageInputOptions options)
    {
        int channels = ResolvedOptions.Value(options.Channels);
        bool normalizes = Flag("do_normalize", true);
        double factor = Flag("do_rescale", true) ? Value("rescale_factor", "a number", ImageNormalization.ToOne) : 1;
        return options.With(Preparation) with
        {
            RescaleFactor =
                factor == ImageNormalization.ToOne ? null : factor > 0 ? factor : throw Error("rescale_factor", "It must be above 0."),
            ImageMean = normalizes ? List("image_mean", _type.Mean, channels, double.NegativeInfinity) : [0],
            ImageStd = normalizes ? List("image_std", _type.Std, channels, double.Epsilon) : [1],
        };
    }

    private ImagePreparation Resize()
    {
        if (!Flag("do_resize", true))
            return new ImagePreparation();
        ImageFilter filter = Filter();
        (int Height, int Width, bool IsEdge) size = Size("size", _type.IsEdge) ?? (_type.Size, _type.Size, _type.IsEdge);
        double? share =
            _type.CropShare is null && _content["crop_pct"] is null ? null : Value("crop_pct", "a number", _type.CropShare ?? 1);
        if (share is not null && !(share is > 0 and <= 1))
            throw Error("crop_pct", "It must be above 0 and at most 1.");
        if (share is null || !size.IsEdge)
            return new ImagePreparation { Size = (size.Height, size.Width), KeepsShape = size.IsEdge, Filter = filter };
        int edge = (int)(size.Height / share.Value);
        return size.Height >= StretchedFrom
            ? ImagePreparation.Stretch(size.Height, size.Height, filter)
            : ImagePreparation.Cover(edge, edge, filter) with { Crop = (size.Height, size.Height) };
    }

    private ImagePreparation Crop(ImagePreparation resized)
    {
        if (!Flag("do_center_crop", _type.Crop is not null))
            return resized;
        (int Height, int Width, bool IsEdge) crop =
            Size("crop_size", edge: false) ?? (_type.Crop ?? _type.Size, _type.Crop ?? _type.Size, false);
        return crop.IsEdge
            ? throw Error("crop_size", "Supported: a number, or 'height' and 'width'.")
            : resized with { Crop = (crop.Height, crop.Width) };
    }

    private ImageFilter Filter()
    {
        const string Key = "resample";
        if (_content[Key] is not JsonValue value)
            return _type.Filter;
        bool known = value.GetValueKind() == JsonValueKind.Number
            ? value.TryGetValue(out int number) && Enum.IsDefined((ImageFilter)number)
            : value.GetValueKind() == JsonValueKind.String && Enum.TryParse<ImageFilter>(value.GetValue<string>(), ignoreCase: true, out _);
        var filters = Enum.GetValues<ImageFilter>().Select(filter => $"{(int)filter} ({filter.ToString().ToLowerInvariant()})");
        return known
            ? Enum.Parse<ImageFilter>(value.ToString(), ignoreCase: true)
            : throw Error(Key, $"Supported: {string.Join(", ", filters)}.");
    }

    // A number, [height, width], an object with both, or the shorter side alone.
    private (int Height, int Width, bool IsEdge)? Size(string key, bool edge)
    {
        switch (_content[key])
        {
            case null:
                return null;
            case JsonValue number when Side(number) is { } side:
                return (side, side, edge);
            case JsonArray { Count: 2 } sides when Side(sides[0]) is { } height && Side(sides[1]) is { } width:
                return (height, width, false);
            case JsonObject named when Side(named["height"]) is { } height && Side(named["width"]) is { } width
                && Others(named, "height", "width"):
                return (height, width, false);
            case JsonObject named when Side(named["shortest_edge"]) is { } side && Others(named, "shortest_edge"):
                return (side, side, true);
            default:
                throw Error(key, "Supported: a number, 'height' and 'width', or 'shortest_edge', each at least 1.");
        }
    }

    private static bool Others(JsonObject sides, params string[] keys) => sides.All(side => keys.Contains(side.Key) || side.Value is null);

    private static int? Side(JsonNode? node) =>
        node is JsonValue value && value.GetValueKind() == JsonValueKind.Number && value.TryGetValue(out int side) && side >= 1
        ? side
        : null;

    private bool Flag(string key, bool missing) => Value(key, "true or false", missing);

    // Null is equivalent to a missing key, because the fast processors write all keys.
    private T Value<T>(string key, string kind, T missing)
    {
        if (_content[key] is not { } node)
            return missing;
        try
        {
            return node.Deserialize<T>()!;
        }
        catch (JsonException)
        {
            throw Error(key, $"It must be {kind}.");
        }
    }

    private double[] List(string key, IReadOnlyList<double> missing, int channels, double above)
    {
        double[] values = _content[key] switch
        {
            null => channels == missing.Count ? [.. missing] : [.. Enumerable.Repeat(missing.Average(), channels)],
            JsonValue => [Value(key, "a number or a list of numbers", 0.0)],
            _ => Value<double[]>(key, "a list of numbers", []),
        };
        if (values.Length != 1 && values.Length != channels)
            throw Error(key, string.Create(CultureInfo.InvariantCulture, $"Give one value, or one for each of {channels} channels."));
        return values.All(value => value >= above) ? values : throw Error(key, "Each must be above 0.");
    }

    private ModelException Error(string key, string fix) => new($"{_file}: '{key}' is {_content[key]?.ToJsonString() ?? "missing"}. {fix}");
}
