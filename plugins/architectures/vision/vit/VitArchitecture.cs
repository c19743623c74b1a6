using Tenon.Layers;
using Tenon.Layers.Images;

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
        VitOptions known = ImageInput.Resolve(options, facts);
        VitPreset preset = VitPresets.All.Find(options.Preset);
        TransformerShape shape = preset.Shape.With(options.Layers, options.HiddenSize, options.Heads, options.FeedForwardSize);
        int imageSize = ResolvedOptions.Value(known.ImageSize);
        int patchSize = options.PatchSize ?? PatchSize(imageSize, preset.PatchSize);
        if (imageSize % patchSize != 0)
        {
            throw new ModelException(
                $"'imageSize' is {imageSize}, which 'patchSize' {patchSize} does not divide. Set 'patchSize' to a divisor of it.");
        }

        return known with
        {
            Layers = shape.Layers,
            HiddenSize = shape.HiddenSize,
            Heads = shape.Heads,
            FeedForwardSize = shape.FeedForwardSize,
            PatchSize = patchSize,
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

    private static int PatchSize(int imageSize, int preset)
    {
        bool Fits(int patch) => imageSize % patch == 0 && imageSize / patch >= FewestPatches;
        if (Fits(preset))
            return preset;
        return Enumerable.Range(1, Math.Max(1, imageSize / FewestPatches)).LastOrDefault(Fits, 1);
    }
}
