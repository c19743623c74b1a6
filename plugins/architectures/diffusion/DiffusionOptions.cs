using System.ComponentModel.DataAnnotations;

namespace Tenon.Diffusion;

/// <summary>A level of the downward path, named as in diffusers.</summary>
public enum DownBlockType
{
    /// <summary>Residual blocks.</summary>
    DownBlock2D,

    /// <summary>Residual blocks, each followed by self-attention.</summary>
    AttnDownBlock2D,
}

/// <summary>A level of the upward path, named as in diffusers.</summary>
public enum UpBlockType
{
    /// <summary>Residual blocks.</summary>
    UpBlock2D,

    /// <summary>Residual blocks, each followed by self-attention.</summary>
    AttnUpBlock2D,
}

/// <summary>How the variance β of the added noise grows with the timestep, named as in diffusers.</summary>
public enum BetaSchedule
{
    /// <summary>Linear from the first to the last β (Ho et al. 2020, section 4).</summary>
    Linear,

    /// <summary>ᾱ follows a squared cosine; β is at most 0.999 (Nichol and Dhariwal 2021, equation 17).</summary>
    SquaredcosCapV2,
}

/// <summary>The variance of a denoising step that the folder recommends to samplers (Ho et al. 2020, section 3.2).</summary>
public enum VarianceType
{
    /// <summary>The posterior's, β̃: exact when the clean sample is a single point.</summary>
    FixedSmall,

    /// <summary>β: exact when the clean sample is standard normal.</summary>
    FixedLarge,
}

/// <summary>Options of the denoising U-Net. Unset options are taken from the preset or from the data.</summary>
public sealed record DiffusionOptions
{
    /// <summary>
    /// Preset for all sizes that are not set: <c>tiny</c>, two levels of 32 and 64 channels, for 8×8 digits and tests;
    /// <c>small</c>, three levels of 32, 64 and 64 channels, for 28×28 images on a few CPU cores; <c>cifar10</c>, four levels
    /// of 128, 256, 256 and 256 channels, the model of 35.7 million parameters in Ho et al. (2020), appendix B. Defaults to
    /// <c>small</c>.
    /// </summary>
    [AllowedValues(null, "tiny", "small", "cifar10")]
    public string? Preset { get; init; }

    /// <summary>Rows of an image. Defaults to the data's. Must be divisible by 2 once for each level except the last.</summary>
    [Range(1, 4096)]
    public int? Height { get; init; }

    /// <summary>Columns of an image. Defaults to the data's.</summary>
    [Range(1, 4096)]
    public int? Width { get; init; }

    /// <summary>Channels of an image, 1 (gray) or 3 (RGB). Defaults to the data's.</summary>
    [Range(1, 64)]
    [TrainedWith]
    public int? Channels { get; init; }

    /// <summary>Whether the model is conditioned on classes. By default, it is if the data has classes.</summary>
    public bool? ClassConditional { get; init; }

    /// <summary>Names of the classes. Defaults to the data's.</summary>
    public IReadOnlyList<string>? Labels { get; init; }

    /// <summary>
    /// Rows of the class embedding. Defaults to one for each class plus one for "none", which guidance needs. Set it to the
    /// number of classes to omit the row for "none".
    /// </summary>
    [Range(1, 1_000_000)]
    public int? NumClassEmbeds { get; init; }

    /// <summary>
    /// Probability that training replaces the class with "none", so one network learns both predictions of classifier-free
    /// guidance (Ho and Salimans 2022, algorithm 1).
    /// </summary>
    [Range(0.0, 1.0)]
    public double ClassDropout { get; init; } = 0.1;

    /// <summary>Channels of each level, from the full resolution down; each a multiple of <see cref="NormNumGroups"/>.</summary>
    [TrainedWith]
    public IReadOnlyList<int>? BlockOutChannels { get; init; }

    /// <summary>Type of each level of the downward path, one for each of <see cref="BlockOutChannels"/>.</summary>
    [TrainedWith]
    public IReadOnlyList<DownBlockType>? DownBlockTypes { get; init; }

    /// <summary>Type of each level of the upward path, lowest resolution first.</summary>
    [TrainedWith]
    public IReadOnlyList<UpBlockType>? UpBlockTypes { get; init; }

    /// <summary>Residual blocks of a level of the downward path; a level of the upward path has one more.</summary>
    [Range(1, 16)]
    [TrainedWith]
    public int? LayersPerBlock { get; init; }

    /// <summary>Whether the middle block, at the lowest resolution, has self-attention.</summary>
    [TrainedWith]
    public bool AddAttention { get; init; } = true;

    /// <summary>Channels of one attention head. By default, a single head has all channels.</summary>
    [Range(1, 4096)]
    [TrainedWith]
    public int? AttentionHeadDim { get; init; }

    /// <summary>Groups of the group normalization (Wu and He 2018).</summary>
    [Range(1, 1024)]
    [TrainedWith]
    public int? NormNumGroups { get; init; }

    /// <summary>Added to the variance in group normalization.</summary>
    [Range(1e-12, 1.0)]
    [TrainedWith]
    public double NormEps { get; init; } = 1e-6;

    /// <summary>Activation in the residual blocks.</summary>
    [AllowedValues("silu", "swish", "mish", "gelu", "relu")]
    [TrainedWith]
    public string ActFn { get; init; } = "silu";

    /// <summary>Probability of dropping an element before the second convolution of a residual block.</summary>
    [Range(0.0, 0.99)]
    public double? Dropout { get; init; }

    /// <summary>
    /// Zero padding around an image before it is halved; 0 pads only one row at the bottom and one column on the right.
    /// </summary>
    [Range(0, 1)]
    [TrainedWith]
    public int DownsamplePadding { get; init; }

    /// <summary>Divisor of the output of each residual block in the middle block.</summary>
    [Range(1e-3, 1e3)]
    [TrainedWith]
    public double MidBlockScaleFactor { get; init; } = 1;

    /// <summary>Whether samples in [0, 1] are first mapped to [-1, 1]. Images that this plugin collates are already in [-1, 1].</summary>
    [TrainedWith]
    public bool CenterInputSample { get; init; }

    /// <summary>Whether the cosines of the time embedding come before the sines.</summary>
    [TrainedWith]
    public bool FlipSinToCos { get; init; }

    /// <summary>Amount subtracted from the number of frequencies of the time embedding when their spacing is computed.</summary>
    [Range(0.0, 1.0)]
    [TrainedWith]
    public double FreqShift { get; init; } = 1;

    /// <summary>Size of the time embedding. Defaults to four times the first level's channels.</summary>
    [Range(1, 65536)]
    [TrainedWith]
    public int? TimeEmbeddingDim { get; init; }

    /// <summary>Timesteps between a clean image and noise, T.</summary>
    [Range(1, 100_000)]
    [TrainedWith]
    public int TrainTimesteps { get; init; } = 1000;

    /// <summary>How β grows with the timestep.</summary>
    [TrainedWith]
    public BetaSchedule BetaSchedule { get; init; } = BetaSchedule.Linear;

    /// <summary>First β of the linear schedule.</summary>
    [Range(0.0, 0.999)]
    [TrainedWith]
    public double BetaStart { get; init; } = 1e-4;

    /// <summary>Last β of the linear schedule.</summary>
    [Range(0.0, 0.999)]
    [TrainedWith]
    public double BetaEnd { get; init; } = 0.02;

    /// <summary>What the network predicts.</summary>
    [TrainedWith]
    public PredictionType Prediction { get; init; } = PredictionType.Epsilon;

    /// <summary>
    /// Whether samplers should clip the predicted clean image to [-1, 1]. Stored in the folder as a recommendation.
    /// </summary>
    public bool ClipSample { get; init; } = true;

    /// <summary>The variance that samplers should use for a denoising step. Stored in the folder as a recommendation.</summary>
    public VarianceType VarianceType { get; init; } = VarianceType.FixedSmall;
}
