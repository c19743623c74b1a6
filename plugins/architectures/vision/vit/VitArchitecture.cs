using Tenon.Layers;

namespace Tenon.Vit;

/// <summary>
/// The vision transformer: a pre-normalised encoder over the patches of an image and a class token (Dosovitskiy et
/// al. 2020). Files are those of transformers' <c>ViTForImageClassification</c>.
/// </summary>
[Architecture("vit", "Vision transformer for image classification", ModelTypes = ["vit"], Stability = Stability.Stable,
    TestSettings = ["layers=2", "hiddenSize=32", "heads=4", "patchSize=4", "initializerRange=0.2"])]
public sealed class VitArchitecture : IArchitecture<VitOptions, VitModel>
{
    // With fewer patches per side there is little left to attend to.
    private const int FewestPatches = 7;

    /// <inheritdoc/>
    public VitOptions Resolve(VitOptions options, ModelFacts facts)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(facts);
        VitPreset preset = VitPresets.All.Find(options.Preset);
        TransformerShape shape = preset.Shape.With(options.Layers, options.HiddenSize, options.Heads, options.FeedForwardSize);
        (int imageSize, int channels) = Input(options, facts.Data.ImageSize);
        int patchSize = options.PatchSize ?? PatchSize(imageSize, preset.PatchSize);
        if (imageSize % patchSize != 0)
        {
            throw new ModelException(
                $"'imageSize' is {imageSize}, which 'patchSize' {patchSize} does not divide. Set 'patchSize' to a divisor of it.");
        }

        return options with
        {
            Layers = shape.Layers,
            HiddenSize = shape.HiddenSize,
            Heads = shape.Heads,
            FeedForwardSize = shape.FeedForwardSize,
            ImageSize = imageSize,
            PatchSize = patchSize,
            Channels = channels,
            ImageMean = Normalization(options.ImageMean, "imageMean", channels, 0),
            ImageStd = Normalization(options.ImageStd, "imageStd", channels, double.Epsilon),
            Labels = ClassLabels.Resolve(options.Labels, facts.Data.Labels, "the classifier"),
        };
    }

    /// <inheritdoc/>
    public VitModel Build(VitOptions options, BuildContext context) => new(options, context);

    /// <inheritdoc/>
    public ModelConfiguration Describe(VitOptions options) => VitConfiguration.Describe(options);

    /// <inheritdoc/>
    public VitOptions Read(ModelConfiguration configuration) => VitConfiguration.Read(configuration);

    /// <inheritdoc/>
    public bool IsHead(string name) => name.StartsWith("classifier.", StringComparison.Ordinal);

    /// <inheritdoc/>
    public Tensor? Adapt(string name, Tensor found, IReadOnlyList<long> wanted)
    {
        if (name != "vit.embeddings.position_embeddings" || wanted.Count != 3 || found.ndim != 3 || found.size(2) != wanted[2])
            return null;
        long side = (long)Math.Round(Math.Sqrt(wanted[1] - 1));
        return side * side == wanted[1] - 1 ? PositionEmbeddings.Resize(found, side, side) : null;
    }

    /// <summary>
    /// Also accepts files of the bare encoder, whose names do not start with <c>vit.</c>. A pooler and a mask token, which
    /// belong to other heads, are skipped.
    /// </summary>
    /// <inheritdoc/>
    public string? WeightName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        bool complete = name.StartsWith("vit.", StringComparison.Ordinal) || name.StartsWith("classifier.", StringComparison.Ordinal);
        string full = complete ? name : $"vit.{name}";
        return full.StartsWith("vit.pooler.", StringComparison.Ordinal) || full == "vit.embeddings.mask_token" ? null : full;
    }

    private static (int Size, int Channels) Input(VitOptions options, (int Height, int Width, int Channels)? data)
    {
        if (data is not { } images)
            return (options.ImageSize ?? VitPresets.ImageSize, options.Channels ?? VitPresets.Channels);
        if (images.Height != images.Width)
        {
            throw new ModelException(
                $"The data's images are {images.Height}×{images.Width}, and a vision transformer takes square ones. " +
                "Set the data's 'size'.");
        }

        if (options.ImageSize is { } size && size != images.Height)
        {
            throw new ModelException(
                $"'imageSize' is {size}, but the data's images are {images.Height}×{images.Width}. " +
                $"Set the data's 'size' to {size}, or 'imageSize' to {images.Height}.");
        }

        if (options.Channels is { } channels && channels != images.Channels)
        {
            throw new ModelException(
                $"'channels' is {channels}, but the data's images have {images.Channels}. Set the data's 'channels' to {channels}.");
        }

        return (images.Height, images.Channels);
    }

    private static int PatchSize(int imageSize, int preset)
    {
        bool Fits(int patch) => imageSize % patch == 0 && imageSize / patch >= FewestPatches;
        if (Fits(preset))
            return preset;
        return Enumerable.Range(1, Math.Max(1, imageSize / FewestPatches)).LastOrDefault(Fits, 1);
    }

    private static double[] Normalization(IReadOnlyList<double>? values, string option, int channels, double lowest)
    {
        double[] found = values is null ? [.. Enumerable.Repeat(0.5, channels)] : [.. values];
        if (found.Length == 1)
            found = [.. Enumerable.Repeat(found[0], channels)];
        if (found.Length != channels || found.Any(value => !(value >= lowest)))
        {
            throw new ModelException(
                $"'{option}' is [{string.Join(", ", found)}] for images with {channels} channel{(channels == 1 ? "" : "s")}. " +
                $"Give one value, or one per channel, each {(lowest > 0 ? "above 0" : "at least 0")}.");
        }

        return found;
    }
}
