using Tenon.Layers;
using Tenon.Layers.Images;

namespace Tenon.VitMae;

/// <summary>
/// The masked autoencoder (He et al. 2021, "Masked autoencoders are scalable vision learners"): a vision transformer encodes a
/// quarter of an image's patches, and a small decoder predicts the pixels of the others. Reads and writes the files of
/// transformers' <c>ViTMAEForPreTraining</c>; a <c>vit</c> classifier starts from them.
/// </summary>
[Architecture("vit-mae", "Masked autoencoder that pre-trains a vision transformer without labels", ModelTypes = ["vit_mae"],
    Stability = Stability.Preview,
    TestSettings = ["layers=2", "hiddenSize=32", "heads=4", "patchSize=2", "decoderLayers=1", "decoderHiddenSize=16", "decoderHeads=2",
        "initializerRange=0.2"])]
public sealed class MaeArchitecture : IArchitecture<MaeOptions, MaeModel>
{
    private const string Encoder = "vit.";
    private const string Decoder = "decoder.";

    /// <inheritdoc/>
    public MaeOptions Resolve(MaeOptions options, ModelFacts facts)
    {
        MaeOptions known = ImageInput.Resolve(options, facts);
        MaePreset preset = MaePresets.All.Find(options.Preset);
        TransformerShape shape = preset.Shape.With(options.Layers, options.HiddenSize, options.Heads, options.FeedForwardSize);
        int wide = options.DecoderFeedForwardSize ?? 4 * options.DecoderHiddenSize;
        CheckSize("hiddenSize", shape.HiddenSize, shape.Heads, "heads");
        CheckSize("decoderHiddenSize", options.DecoderHiddenSize, options.DecoderHeads, "decoderHeads");
        known = known with
        {
            Layers = shape.Layers,
            HiddenSize = shape.HiddenSize,
            Heads = shape.Heads,
            FeedForwardSize = shape.FeedForwardSize,
            PatchSize = ImagePatches.Size(options.PatchSize, ResolvedOptions.Value(known.ImageSize), preset.PatchSize),
            DecoderFeedForwardSize = wide,
        };
        MaeSizes sizes = MaeSizes.Of(known);
        return sizes.Visible is var visible && visible > 0 && visible < sizes.Patches
            ? known
            : throw new ModelException(
                $"'maskRatio' is {options.MaskRatio}, which leaves {visible} of {sizes.Patches} patches visible. At least one must " +
                "be visible and one hidden: change it, or set a smaller 'patchSize'.");
    }

    /// <inheritdoc/>
    public MaeModel Build(MaeOptions options, BuildContext context) => new(options, context);

    /// <inheritdoc/>
    public ModelConfiguration Describe(MaeOptions options) => MaeConfiguration.Describe(options);

    /// <inheritdoc/>
    public MaeOptions Read(ModelConfiguration configuration) => MaeConfiguration.Read(configuration);

    /// <summary>The decoder counts as a head, because a run may start from an encoder alone.</summary>
    /// <inheritdoc/>
    public bool IsHead(string name) => name.StartsWith(Decoder, StringComparison.Ordinal);

    /// <summary>Also accepts files of the bare encoder (<c>ViTMAEModel</c>), whose names do not start with <c>vit.</c>.</summary>
    /// <inheritdoc/>
    public string? WeightName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        bool complete = name.StartsWith(Encoder, StringComparison.Ordinal) || name.StartsWith(Decoder, StringComparison.Ordinal);
        return complete ? name : Encoder + name;
    }

    // A quarter each for the sines and cosines of rows and columns.
    private static void CheckSize(string option, int size, int heads, string headsOption)
    {
        if (size % 4 != 0 || size % heads != 0)
        {
            throw new ModelException(
                $"'{option}' is {size}, but it must be a multiple of 4 (for the positions) and of '{headsOption}', which is {heads}.");
        }
    }
}
