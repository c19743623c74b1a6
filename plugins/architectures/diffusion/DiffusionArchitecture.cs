using Tenon;

[assembly: Plugin("tenon.diffusion", "Denoising diffusion models for images")]

namespace Tenon.Diffusion;

/// <summary>
/// Denoising diffusion (Ho et al. 2020) with diffusers' UNet2DModel, whose files it reads and writes. It predicts noise,
/// velocity (Salimans and Ho 2022) or the clean image, optionally conditioned on classes. Not supported: text conditioning,
/// learned variances, diffusion in a latent space.
/// </summary>
[Architecture("diffusion", "Denoising U-Net for images (DDPM), with diffusers' file layout", ModelTypes = ["UNet2DModel"],
    TestSettings = ["preset=tiny", "blockOutChannels:0=16", "blockOutChannels:1=32"])]
public sealed class DiffusionArchitecture : IArchitecture<DiffusionOptions, DiffusionModel>
{
    // Names of the attention maps in files older than diffusers 0.15, such as google/ddpm-cifar10-32.
    private static readonly Dictionary<string, string> OldNames = new(StringComparer.Ordinal)
    {
        ["query"] = "to_q",
        ["key"] = "to_k",
        ["value"] = "to_v",
        ["proj_attn"] = "to_out.0",
    };

    /// <inheritdoc/>
    public string WeightsFile => "unet/diffusion_pytorch_model.safetensors";

    /// <inheritdoc/>
    public DiffusionOptions Resolve(DiffusionOptions options, ModelFacts facts)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(facts);
        DiffusionOptions resolved = DiffusionPresets.Fill(options);
        resolved = WithImageSize(resolved, facts.Data);
        resolved = WithClasses(resolved, facts.Data);
        DiffusionChecks.Check(resolved);
        return resolved;
    }

    /// <inheritdoc/>
    public DiffusionModel Build(DiffusionOptions options, BuildContext context)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(context);
        return new DiffusionModel(options, context);
    }

    /// <inheritdoc/>
    public ModelConfiguration Describe(DiffusionOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return DiffusersFolder.Write(options);
    }

    /// <summary>
    /// Reads diffusers' layout (<c>model_index.json</c>, <c>unet/</c>, <c>scheduler/</c>), or a folder with only the U-Net
    /// (<c>config.json</c>), in which case the schedule of Ho et al. (2020) is assumed.
    /// </summary>
    /// <inheritdoc/>
    public DiffusionOptions Read(ModelConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        DiffusionOptions options = DiffusersFolder.Read(configuration);
        DiffusionChecks.Check(options);
        return options;
    }

    /// <inheritdoc/>
    public string? WeightName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        string[] parts = name.Split('.'); // mid_block.attentions.0.query.weight
        if (parts.Length < 5 || parts[^4] != "attentions" || !OldNames.TryGetValue(parts[^2], out string? current))
            return name;
        parts[^2] = current;
        return string.Join('.', parts);
    }

    private static DiffusionOptions WithImageSize(DiffusionOptions options, DataFacts data)
    {
        if (data.ImageSize is not { } size)
            return options;
        DiffusionOptions filled = options with
        {
            Height = options.Height ?? size.Height,
            Width = options.Width ?? size.Width,
            Channels = options.Channels ?? size.Channels,
        };
        return (filled.Height, filled.Width, filled.Channels) == (size.Height, size.Width, size.Channels)
            ? filled
            : throw new ModelException(
                $"The model takes images of {filled.Height}×{filled.Width} pixels and {filled.Channels} channels, but the data has " +
                $"{size.Height}×{size.Width} and {size.Channels}. Resize the images in the data component, or omit height, width and " +
                "channels from the model's options.");
    }

    private static DiffusionOptions WithClasses(DiffusionOptions options, DataFacts data)
    {
        if (!(options.ClassConditional
            ?? (options.NumClassEmbeds is not null || options.Labels is { Count: > 0 } || data.Labels.Count > 0)))
            return options with { ClassConditional = false, Labels = [], NumClassEmbeds = null };
        IReadOnlyList<string> labels = options.Labels is { Count: > 0 } ? options.Labels : data.Labels;
        if (labels.Count == 0)
            throw new ModelException("'classConditional' is true, but neither the data nor 'labels' defines any classes. Use data " +
                "with labels, or set it to false.");
        if (data.Labels.Count > 0 && !labels.SequenceEqual(data.Labels))
        {
            throw new ModelException(
                $"The model's classes are {string.Join(", ", labels)}, but the data's are {string.Join(", ", data.Labels)}. They " +
                "must be equal and in the same order.");
        }

        return options with { ClassConditional = true, Labels = labels, NumClassEmbeds = options.NumClassEmbeds ?? labels.Count + 1 };
    }
}
