using Tenon.Layers;
using Tenon.Layers.Images;

namespace Tenon.Vit;

/// <summary>
/// The vision transformer: a pre-norm encoder over the patches of an image and a class token (Dosovitskiy et al. 2020). Reads
/// and writes the files of transformers' <c>ViTForImageClassification</c>.
/// </summary>
[Architecture(
    "vit", "Vision transformer for image classification", ModelTypes = ["vit", VitConfiguration.HybridType], Stability = Stability.Stable,
    TestSettings = ["layers=2", "hiddenSize=32", "heads=4", "patchSize=4", "initializerRange=0.2"])]
public sealed class VitArchitecture : IArchitecture<VitOptions, VitModel>
{
    private const string Encoder = "vit.";

    // The pooler of a bare encoder and the decoder of an autoencoder are heads that a classifier does not have.
    private static readonly string[] _heads = ["classifier.", "vit.pooler.", "decoder."];

    /// <inheritdoc/>
    public VitOptions Resolve(VitOptions options, ModelFacts facts)
    {
        VitOptions known = ImageInput.Resolve(options, facts);
        VitPreset preset = VitPresets.All.Find(options.Preset);
        TransformerShape shape = preset.Shape.With(options.Layers, options.HiddenSize, options.Heads, options.FeedForwardSize);
        int patchSize = ImagePatches.Size(options.PatchSize, ResolvedOptions.Value(known.ImageSize), preset.PatchSize);
        if (options.Stem == VitStem.Convolutions && (patchSize < 2 || !int.IsPow2(patchSize)))
        {
            throw new ModelException(
                $"'stem' is convolutions, which halve the image, but 'patchSize' is {patchSize}. Set 'patchSize' to a power of 2 " +
                "that divides the image size.");
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
    public bool IsHead(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return _heads.Any(head => name.StartsWith(head, StringComparison.Ordinal));
    }

    /// <inheritdoc/>
    public Tensor? Adapt(string name, Tensor found, IReadOnlyList<long> wanted)
    {
        if (name != "vit.embeddings.position_embeddings" || wanted.Count != 3 || found.ndim != 3 || found.size(2) != wanted[2])
            return null;
        long side = (long)Math.Round(Math.Sqrt(wanted[1] - 1));
        return side * side == wanted[1] - 1 ? PositionEmbeddings.Resize(found, side, side) : null;
    }

    /// <summary>
    /// Also accepts files of the bare encoder, whose names do not start with <c>vit.</c>, and of a masked autoencoder, whose mask
    /// token is skipped.
    /// </summary>
    /// <inheritdoc/>
    public string? WeightName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        string full = name.StartsWith(Encoder, StringComparison.Ordinal) || IsHead(name) ? name : Encoder + name;
        return full == "vit.embeddings.mask_token" ? null : full;
    }
}
