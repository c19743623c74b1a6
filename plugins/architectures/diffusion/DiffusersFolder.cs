using System.Globalization;
using System.Text.Json.Nodes;

namespace Tenon.Diffusion;

/// <summary>
/// The configuration files of diffusers' DDPMPipeline: <c>model_index.json</c>, <c>unet/config.json</c> and
/// <c>scheduler/scheduler_config.json</c>. The U-Net's file also has the names of the classes in <c>id2label</c>.
/// </summary>
internal static class DiffusersFolder
{
    private const string Index = "model_index.json";
    private const string UNetFile = "unet/config.json";
    private const string SchedulerFile = "scheduler/scheduler_config.json";
    private const string FlatFile = "config.json";
    private const string ClassKey = "_class_name";
    private const string VersionKey = "_diffusers_version";
    private const string LabelsKey = "id2label";
    private const string Version = "0.35.2";

    private static readonly (string, PredictionType)[] _predictions =
        [("epsilon", PredictionType.Epsilon), ("v_prediction", PredictionType.Velocity), ("sample", PredictionType.Sample)];

    private static readonly (string, BetaSchedule)[] _schedules =
        [("linear", BetaSchedule.Linear), ("squaredcos_cap_v2", BetaSchedule.SquaredcosCapV2)];

    private static readonly (string, VarianceType)[] _variances =
        [("fixed_small", VarianceType.FixedSmall), ("fixed_large", VarianceType.FixedLarge)];

    private static readonly (string, DownBlockType)[] _downBlocks =
        [("DownBlock2D", DownBlockType.DownBlock2D), ("AttnDownBlock2D", DownBlockType.AttnDownBlock2D)];

    private static readonly (string, UpBlockType)[] _upBlocks =
        [("UpBlock2D", UpBlockType.UpBlock2D), ("AttnUpBlock2D", UpBlockType.AttnUpBlock2D)];

    /// <summary>Creates the files from resolved options.</summary>
    /// <exception cref="ModelException">An option is not resolved.</exception>
    public static ModelConfiguration Write(DiffusionOptions options)
    {
        JsonObject index = new()
        {
            [ClassKey] = "DDPMPipeline",
            [VersionKey] = Version,
            ["scheduler"] = new JsonArray("diffusers", "DDPMScheduler"),
            ["unet"] = new JsonArray("diffusers", "UNet2DModel"),
        };
        return new ModelConfiguration(new Dictionary<string, JsonObject>
        {
            [Index] = index,
            [UNetFile] = Sorted(ConfigMap.Write(options, MapUNet)),
            [SchedulerFile] = Sorted(ConfigMap.Write(options, MapScheduler)),
        });
    }

    /// <summary>Reads the options from a folder.</summary>
    /// <exception cref="ModelException">A file is missing, or a value is not supported.</exception>
    public static DiffusionOptions Read(ModelConfiguration folder)
    {
        string unet = folder.Files.ContainsKey(UNetFile) ? UNetFile : FlatFile;
        if (!folder.Files.ContainsKey(unet))
        {
            throw new ModelException(
                $"The model folder has neither '{UNetFile}' nor '{FlatFile}'. It has: {string.Join(", ", folder.Files.Keys)}.");
        }

        DiffusionOptions options = ConfigMap.Read(folder, unet, new DiffusionOptions(), MapUNet);
        return folder.Files.ContainsKey(SchedulerFile) ? ConfigMap.Read(folder, SchedulerFile, options, MapScheduler) : options;
    }

    // Defaults match diffusers' UNet2DModel: a file has only the keys known to the version that wrote it, and older versions
    // knew fewer.
    private static DiffusionOptions MapUNet(ConfigMap map, DiffusionOptions options)
    {
        (int? height, int? width) = SampleSize(map, options);
        int? rows = map.Optional("num_class_embeds", options.NumClassEmbeds);
        DiffusionOptions mapped = options with
        {
            Height = height,
            Width = width,
            Channels = map.Value("in_channels", options.Channels, 3),
            NumClassEmbeds = rows,
            ClassConditional = rows is not null,
            Labels = Labels(map, options.Labels, rows),
            BlockOutChannels = map.List("block_out_channels", options.BlockOutChannels, [224, 448, 672, 896]),
            DownBlockTypes = map.Choices("down_block_types", options.DownBlockTypes,
                [DownBlockType.DownBlock2D, DownBlockType.AttnDownBlock2D, DownBlockType.AttnDownBlock2D, DownBlockType.AttnDownBlock2D],
                _downBlocks),
            UpBlockTypes = map.Choices("up_block_types", options.UpBlockTypes,
                [UpBlockType.AttnUpBlock2D, UpBlockType.AttnUpBlock2D, UpBlockType.AttnUpBlock2D, UpBlockType.UpBlock2D],
                _upBlocks),
            LayersPerBlock = map.Value("layers_per_block", options.LayersPerBlock, 2),
            AddAttention = map.Value("add_attention", options.AddAttention, true),
            AttentionHeadDim = map.Optional("attention_head_dim", options.AttentionHeadDim, missing: 8),
            NormNumGroups = map.Value("norm_num_groups", options.NormNumGroups, 32),
            NormEps = map.Value("norm_eps", options.NormEps, 1e-5),
            ActFn = map.Text("act_fn", options.ActFn, "silu", DiffusionChecks.ActivationNames),
            Dropout = map.Value("dropout", options.Dropout, 0.0),
            DownsamplePadding = map.Value("downsample_padding", options.DownsamplePadding, 1),
            MidBlockScaleFactor = map.Value("mid_block_scale_factor", options.MidBlockScaleFactor, 1.0),
            CenterInputSample = map.Value("center_input_sample", options.CenterInputSample, false),
            FlipSinToCos = map.Value("flip_sin_to_cos", options.FlipSinToCos, true),
            FreqShift = map.Value("freq_shift", options.FreqShift, 0.0),
            TimeEmbeddingDim = map.Optional("time_embedding_dim", options.TimeEmbeddingDim),
        };
        map.Constant("out_channels", mapped.Channels, "Additional output channels would be learned variances, which are not supported.");
        map.Constant("class_embed_type", null, "Only class conditioning through num_class_embeds is supported.");
        map.Constant("attn_norm_num_groups", null, "The attention of the middle block must use the groups of norm_num_groups.");
        map.Constant("downsample_type", "conv", "Residual downsampling has different weights.");
        map.Constant("upsample_type", "conv", "Residual upsampling has different weights.");
        map.Constant("mid_block_type", "UNetMidBlock2D", "Other middle blocks have different weights.");
        map.Constant("resnet_time_scale_shift", "default", "Scaling and shifting by the time embedding has different weights.");
        map.Constant("time_embedding_type", "positional", "Fourier and learned time embeddings have different weights.");
        map.Note("num_train_timesteps", null); // The size of a learned time embedding.
        map.Note(ClassKey, "UNet2DModel");
        map.Note(VersionKey, Version);
        map.RejectUnmapped();
        return mapped;
    }

    // Defaults match diffusers' DDPMScheduler. Keys that only affect sampling belong to the sampler.
    private static DiffusionOptions MapScheduler(ConfigMap map, DiffusionOptions options)
    {
        DiffusionOptions mapped = options with
        {
            TrainTimesteps = map.Value("num_train_timesteps", options.TrainTimesteps, 1000),
            BetaStart = map.Value("beta_start", options.BetaStart, 1e-4),
            BetaEnd = map.Value("beta_end", options.BetaEnd, 0.02),
            BetaSchedule = map.Choice("beta_schedule", options.BetaSchedule, BetaSchedule.Linear, _schedules),
            Prediction = map.Choice("prediction_type", options.Prediction, PredictionType.Epsilon, _predictions),
            ClipSample = map.Value("clip_sample", options.ClipSample, true),
            VarianceType = map.Choice("variance_type", options.VarianceType, VarianceType.FixedSmall, _variances),
        };
        map.Text(ClassKey, "DDPMScheduler", missing: "DDPMScheduler", ["DDPMScheduler", "DDIMScheduler"]);
        map.Note(VersionKey, Version);
        map.Constant("trained_betas", null, "Only the schedules linear and squaredcos_cap_v2 are supported.");
        map.Constant("rescale_betas_zero_snr", false, "Schedules that end in pure noise are not supported.");
        map.Constant("thresholding", false, "Samplers clip to a fixed range.");
        map.Constant("timestep_spacing", "leading", "Samplers take every n-th timestep from 0.");
        map.Constant("steps_offset", 0, "Samplers take every n-th timestep from 0.");
        map.Constant("clip_sample_range", 1.0, "Images are in [-1, 1].");
        map.Require("set_alpha_to_one", true, "Samplers end at the clean image.");
        map.Ignore("dynamic_thresholding_ratio", "sample_max_value");
        map.RejectUnmapped();
        return mapped;
    }

    // One number for square images, otherwise height and width.
    private static (int? Height, int? Width) SampleSize(ConfigMap map, DiffusionOptions options)
    {
        const string Key = "sample_size";
        if (!map.Reads)
        {
            int height = ResolvedOptions.Value(options.Height), width = ResolvedOptions.Value(options.Width);
            map.Node(Key, height == width ? JsonValue.Create(height) : new JsonArray(height, width));
            return (height, width);
        }

        JsonNode? size = map.Node(Key, null);
        return size switch
        {
            null => (null, null),
            JsonArray { Count: 2 } sides => (Pixels(sides[0]), Pixels(sides[1])),
            _ => (Pixels(size), Pixels(size)),
        };

        int Pixels(JsonNode? node) => node is JsonValue value && value.TryGetValue(out int pixels)
            ? pixels
            : throw map.Error(Key, $"is {size.ToJsonString()}. Allowed: a whole number, or a list of height and width.");
    }

    // If a file has no class names, every row is a class named by its number; there is no row for "none".
    private static IReadOnlyList<string> Labels(ConfigMap map, IReadOnlyList<string>? labels, int? rows)
    {
        IReadOnlyList<string>? names = map.Names(labels is { Count: > 0 } ? labels : null);
        if (rows is not { } count)
            return [];
        return names ?? [.. Enumerable.Range(0, count).Select(id => id.ToString(CultureInfo.InvariantCulture))];
    }

    // Keys are in the order that diffusers uses. Class names, which diffusers does not store, come last.
    private static JsonObject Sorted(JsonObject file) => new(file
        .OrderBy(pair => pair.Key == LabelsKey).ThenBy(pair => pair.Key, StringComparer.Ordinal)
        .Select(pair => KeyValuePair.Create(pair.Key, pair.Value?.DeepClone())));
}
