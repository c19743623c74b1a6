using System.Text.Json;
using System.Text.Json.Nodes;

namespace Tenon.Layers.Images;

/// <summary>
/// Reads and writes the configuration files of image models: <c>config.json</c> by the architecture's table, and
/// <c>preprocessor_config.json</c> of transformers' <c>ViTImageProcessor</c>, which all architectures share.
/// </summary>
public static class ImagePreprocessor
{
    /// <summary>Name of the file.</summary>
    public const string FileName = "preprocessor_config.json";

    private const string Config = "config.json";

    /// <summary>Writes both files.</summary>
    /// <typeparam name="TOptions">The architecture's options.</typeparam>
    /// <param name="options">Resolved options.</param>
    /// <param name="map">The architecture's table of <c>config.json</c>.</param>
    /// <exception cref="ModelException">An option is not resolved.</exception>
    public static ModelConfiguration Describe<TOptions>(TOptions options, Func<ConfigMap, TOptions, TOptions> map)
        where TOptions : ImageInputOptions => new(new Dictionary<string, JsonObject>
        {
            [Config] = ConfigMap.Write(options, map),
            [FileName] = ConfigMap.Write<ImageInputOptions>(options, Map),
        });

    /// <summary>Reads both files.</summary>
    /// <typeparam name="TOptions">The architecture's options.</typeparam>
    /// <param name="folder">The files of a model folder.</param>
    /// <param name="map">The architecture's table of <c>config.json</c>.</param>
    /// <exception cref="ModelException">A file is missing, or a value is not supported.</exception>
    public static TOptions Read<TOptions>(ModelConfiguration folder, Func<ConfigMap, TOptions, TOptions> map)
        where TOptions : ImageInputOptions, new() => Read(folder, ConfigMap.Read(folder, Config, new TOptions(), map));

    /// <summary>Reads the normalization. Without the file, mean and standard deviation are 0.5, as in ViT's published weights.</summary>
    /// <typeparam name="TOptions">The architecture's options.</typeparam>
    /// <param name="folder">The files of a model folder.</param>
    /// <param name="options">The options read from <c>config.json</c>.</param>
    /// <exception cref="ModelException">A value is not supported.</exception>
    private static TOptions Read<TOptions>(ModelConfiguration folder, TOptions options) where TOptions : ImageInputOptions
    {
        ArgumentNullException.ThrowIfNull(folder);
        ArgumentNullException.ThrowIfNull(options);
        ImageInputOptions read = folder.Files.ContainsKey(FileName)
            ? ConfigMap.Read<ImageInputOptions>(folder, FileName, options, Map)
            : options with { ImageMean = Halves(options.Channels), ImageStd = Halves(options.Channels) };
        return (TOptions)read;
    }

    /// <summary>
    /// The image size in the file, for architectures whose <c>config.json</c> has none: a number, <c>height</c> and <c>width</c>,
    /// or <c>shortest_edge</c>.
    /// </summary>
    /// <param name="folder">The files of a model folder.</param>
    /// <returns>Height and width; null where the file or the key is missing.</returns>
    /// <exception cref="ModelException">The value has another format, or is not square.</exception>
    public static int? ImageSize(ModelConfiguration folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        JsonNode? size = folder.Files.GetValueOrDefault(FileName)?["size"];
        return size switch
        {
            null => null,
            JsonValue number when number.GetValueKind() == JsonValueKind.Number => number.Deserialize<int>(),
            JsonObject { Count: 1 } edge when edge["shortest_edge"] is JsonValue value => value.Deserialize<int>(),
            JsonObject { Count: 2 } sides when sides["height"] is JsonValue height && JsonNode.DeepEquals(height, sides["width"]) =>
                height.Deserialize<int>(),
            _ => throw new ModelException(
                $"{FileName}: 'size' is {size.ToJsonString()}. Supported: a number, equal 'height' and 'width', or 'shortest_edge'."),
        };
    }

    // Missing keys take the defaults that transformers documents for ViTImageProcessor.
    private static ImageInputOptions Map(ConfigMap map, ImageInputOptions options)
    {
        map.Note("image_processor_type", "ViTImageProcessor");
        map.Note("do_resize", true);
        map.Note("size", new JsonObject { ["height"] = options.ImageSize, ["width"] = options.ImageSize });
        map.Note("resample", 2);
        map.Note("do_rescale", true);
        map.Note("rescale_factor", 1 / 255.0);
        if (!map.Value("do_normalize", true, missing: true))
            return options with { ImageMean = [0], ImageStd = [1] };
        return options with
        {
            ImageMean = map.List("image_mean", options.ImageMean, Halves(options.Channels)),
            ImageStd = map.List("image_std", options.ImageStd, Halves(options.Channels)),
        };
    }

    private static double[] Halves(int? channels) => [.. Enumerable.Repeat(0.5, ResolvedOptions.Value(channels))];
}
