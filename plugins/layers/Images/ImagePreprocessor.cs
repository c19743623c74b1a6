using System.Text.Json.Nodes;

namespace Tenon.Layers.Images;

/// <summary>
/// Reads and writes the configuration files of image models: <c>config.json</c> by the architecture's table, and
/// <c>preprocessor_config.json</c> of transformers' image processors, which all architectures share.
/// </summary>
public static class ImagePreprocessor
{
    /// <summary>Name of the file.</summary>
    public const string FileName = "preprocessor_config.json";

    private const string Config = "config.json";
    private const int DefaultSize = 224;

    /// <summary>Writes both files.</summary>
    /// <typeparam name="TOptions">The architecture's options.</typeparam>
    /// <param name="options">Resolved options.</param>
    /// <param name="map">The architecture's table of <c>config.json</c>.</param>
    /// <exception cref="ModelException">An option is not resolved.</exception>
    public static ModelConfiguration Describe<TOptions>(TOptions options, Func<ConfigMap, TOptions, TOptions> map)
        where TOptions : ImageInputOptions => new(new Dictionary<string, JsonObject>
        {
            [Config] = ConfigMap.Write(options, map),
            [FileName] = Write(options),
        });

    /// <summary>Reads both files.</summary>
    /// <typeparam name="TOptions">The architecture's options.</typeparam>
    /// <param name="folder">The files of a model folder.</param>
    /// <param name="map">The architecture's table of <c>config.json</c>. Where it leaves the image size open, the processor has it.</param>
    /// <exception cref="ModelException">A file is missing, or a value is not supported.</exception>
    public static TOptions Read<TOptions>(ModelConfiguration folder, Func<ConfigMap, TOptions, TOptions> map)
        where TOptions : ImageInputOptions, new()
    {
        TOptions options = ConfigMap.Read(folder, Config, new TOptions(), map);
        ImageProcessorFile? processor = ImageProcessorFile.Find(folder);
        if (options.ImageSize is null)
            options = options with { ImageSize = processor?.SquareSize() ?? DefaultSize };
        int channels = ResolvedOptions.Value(options.Channels);
        // The file is optional: ViT's published weights have none.
        return (TOptions)(processor?.Apply(options) ?? options with { ImageMean = Halves(channels), ImageStd = Halves(channels) });
    }

    private static JsonObject Write(ImageInputOptions options)
    {
        ImagePreparation preparation = options.Preparation();
        (int height, int width) = preparation.Size ?? (ResolvedOptions.Value(options.ImageSize), ResolvedOptions.Value(options.ImageSize));
        (IReadOnlyList<double> mean, IReadOnlyList<double> std) =
            (ResolvedOptions.Value(options.ImageMean), ResolvedOptions.Value(options.ImageStd));
        double factor = options.RescaleFactor ?? ImageNormalization.ToOne;

        // ViT's processor resizes to a height and a width only.
        bool plain = preparation is { Crop: null, KeepsShape: false };
        JsonObject written = new()
        {
            ["image_processor_type"] = plain ? "ViTImageProcessor" : "CLIPImageProcessor",
            ["do_resize"] = preparation.Size is not null,
            ["size"] = preparation.KeepsShape ? new JsonObject { ["shortest_edge"] = height } : Sides(height, width),
            ["resample"] = (int)preparation.Filter,
        };
        if (!plain)
            written["do_center_crop"] = preparation.Crop is not null;
        if (preparation.Crop is var (rows, columns))
            written["crop_size"] = Sides(rows, columns);
        written["do_rescale"] = factor != 1;
        written["rescale_factor"] = factor == 1 ? ImageNormalization.ToOne : factor;
        written["do_normalize"] = mean.Any(value => value != 0) || std.Any(value => value != 1);
        written["image_mean"] = new JsonArray([.. mean.Select(value => JsonValue.Create(value))]);
        written["image_std"] = new JsonArray([.. std.Select(value => JsonValue.Create(value))]);
        return written;
    }

    private static JsonObject Sides(int height, int width) => new() { ["height"] = height, ["width"] = width };

    private static double[] Halves(int channels) => [.. Enumerable.Repeat(0.5, channels)];
}
