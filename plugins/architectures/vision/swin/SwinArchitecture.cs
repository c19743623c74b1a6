using Tenon.Layers.Images;

namespace Tenon.Swin;

/// <summary>
/// The Swin transformer (Liu et al. 2021, "Hierarchical vision transformer using shifted windows"): attention inside windows,
/// whose cost is linear in the number of pixels. Reads and writes the files of transformers' <c>SwinForImageClassification</c>.
/// </summary>
[Architecture("swin", "Swin transformer: shifted windows for image classification", ModelTypes = ["swin"], Stability = Stability.Preview,
    TestSettings = ["hiddenSize=16", "depths:0=2", "depths:1=2", "numHeads:0=2", "numHeads:1=4", "patchSize=1", "windowSize=4",
        "dropPathRate=0", "initializerRange=0.2"])]
public sealed class SwinArchitecture : IArchitecture<SwinOptions, SwinModel>
{
    private const string Encoder = "swin.";
    private const string Head = "classifier.";

    /// <inheritdoc/>
    public SwinOptions Resolve(SwinOptions options, ModelFacts facts)
    {
        SwinOptions known = ImageInput.Resolve(options, facts);
        SwinPreset preset = SwinPresets.All.Find(options.Preset);
        int hidden = options.HiddenSize ?? preset.HiddenSize;
        IReadOnlyList<int> depths = options.Depths ?? preset.Depths;
        IReadOnlyList<int> heads =
            options.NumHeads ?? [.. depths.Select((_, stage) => Math.Max(1, (hidden << stage) / SwinPresets.HeadSize))];
        SwinSizes.CheckStages(hidden, depths, heads);
        return known with
        {
            HiddenSize = hidden,
            Depths = depths,
            NumHeads = heads,
            WindowSize = options.WindowSize ?? SwinPresets.WindowSize,
            PatchSize = options.PatchSize ?? SwinPresets.PatchSize,
        };
    }

    /// <inheritdoc/>
    public SwinModel Build(SwinOptions options, BuildContext context) => new(options, context);

    /// <inheritdoc/>
    public ModelConfiguration Describe(SwinOptions options) => SwinConfiguration.Describe(options);

    /// <inheritdoc/>
    public SwinOptions Read(ModelConfiguration configuration) => SwinConfiguration.Read(configuration);

    /// <inheritdoc/>
    public bool IsHead(string name) => name.StartsWith(Head, StringComparison.Ordinal);

    /// <summary>
    /// Position biases are interpolated to a different window size, as for the published models for larger images. The index
    /// into them is computed, so it is not a weight.
    /// </summary>
    /// <inheritdoc/>
    public Tensor? Adapt(string name, Tensor found, IReadOnlyList<long> wanted)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(found);
        ArgumentNullException.ThrowIfNull(wanted);
        if (name.EndsWith(WindowAttention.TableName, StringComparison.Ordinal) && found.ndim == 2 && wanted.Count == 2
            && found.size(1) == wanted[1])
            return RelativePositions.Resize(found, wanted[0]);
        if (name.EndsWith(WindowAttention.IndexName, StringComparison.Ordinal) && wanted.Count == 2)
            return RelativePositions.Index((int)Math.Round(Math.Sqrt(wanted[0])), (int)Math.Round(Math.Sqrt(wanted[0])), torch.CPU);
        return null;
    }

    /// <summary>Also accepts files of the bare encoder (<c>SwinModel</c>), whose names do not start with <c>swin.</c>.</summary>
    /// <inheritdoc/>
    public string? WeightName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        bool complete = name.StartsWith(Encoder, StringComparison.Ordinal) || name.StartsWith(Head, StringComparison.Ordinal);
        string full = complete ? name : Encoder + name;
        return full == "swin.embeddings.mask_token" ? null : full;
    }
}
