using System.Text.Json.Nodes;

namespace Tenon.Diffusion;

/// <summary>
/// The configuration files of diffusers' DDPMPipeline: <c>model_index.json</c>, <c>unet/config.json</c> and
/// <c>scheduler/scheduler_config.json</c>. The names of classes stand in the U-Net's, as <c>id2label</c>.
/// </summary>
internal static class DiffusersFolder
{
    private const string Index = "model_index.json";
    private const string UNetFile = "unet/config.json";
    private const string SchedulerFile = "scheduler/scheduler_config.json";
    private const string FlatFile = "config.json";
    private const string Version = "0.35.2";

    private static readonly Dictionary<string, PredictionType> Predictions = new(StringComparer.Ordinal)
    {
        ["epsilon"] = PredictionType.Epsilon,
        ["v_prediction"] = PredictionType.Velocity,
        ["sample"] = PredictionType.Sample,
    };

    private static readonly Dictionary<string, BetaSchedule> Schedules = new(StringComparer.Ordinal)
    {
        ["linear"] = BetaSchedule.Linear,
        ["squaredcos_cap_v2"] = BetaSchedule.SquaredcosCapV2,
    };

    private static readonly Dictionary<string, VarianceType> Variances = new(StringComparer.Ordinal)
    {
        ["fixed_small"] = VarianceType.FixedSmall,
        ["fixed_large"] = VarianceType.FixedLarge,
    };

    /// <summary>The files of resolved options.</summary>
    public static ModelConfiguration Write(DiffusionOptions options)
    {
        JsonObject index = new()
        {
            ["_class_name"] = "DDPMPipeline",
            ["_diffusers_version"] = Version,
            ["scheduler"] = new JsonArray("diffusers", "DDPMScheduler"),
            ["unet"] = new JsonArray("diffusers", "UNet2DModel"),
        };
        return new ModelConfiguration(new Dictionary<string, JsonObject>
        {
            [Index] = index,
            [UNetFile] = WriteUNet(options),
            [SchedulerFile] = WriteScheduler(options),
        });
    }

    /// <summary>The options of a folder.</summary>
    /// <exception cref="ModelException">A file is missing, or a value is not supported.</exception>
    public static DiffusionOptions Read(ModelConfiguration folder)
    {
        string unet = folder.Files.ContainsKey(UNetFile) ? UNetFile : FlatFile;
        if (!folder.Files.ContainsKey(unet))
            throw new ModelException($"The model folder has neither '{UNetFile}' nor '{FlatFile}'. It has: {string.Join(", ", folder.Files.Keys)}.");
        DiffusionOptions options = ReadUNet(new ConfigurationFile(unet, folder[unet]));
        return folder.Files.TryGetValue(SchedulerFile, out JsonObject? scheduler)
            ? ReadScheduler(new ConfigurationFile(SchedulerFile, scheduler), options)
            : options;
    }

    private static JsonObject WriteUNet(DiffusionOptions options)
    {
        int height = options.Height!.Value, width = options.Width!.Value;
        JsonObject unet = new()
        {
            ["_class_name"] = "UNet2DModel",
            ["_diffusers_version"] = Version,
            ["act_fn"] = options.ActFn,
            ["add_attention"] = options.AddAttention,
            ["attention_head_dim"] = options.AttentionHeadDim,
            ["attn_norm_num_groups"] = null,
            ["block_out_channels"] = new JsonArray([.. options.BlockOutChannels!.Select(c => JsonValue.Create(c))]),
            ["center_input_sample"] = options.CenterInputSample,
            ["class_embed_type"] = null,
            ["down_block_types"] = new JsonArray([.. options.DownBlockTypes!.Select(t => JsonValue.Create(t.ToString()))]),
            ["downsample_padding"] = options.DownsamplePadding,
            ["downsample_type"] = "conv",
            ["dropout"] = options.Dropout,
            ["flip_sin_to_cos"] = options.FlipSinToCos,
            ["freq_shift"] = options.FreqShift,
            ["in_channels"] = options.Channels,
            ["layers_per_block"] = options.LayersPerBlock,
            ["mid_block_scale_factor"] = options.MidBlockScaleFactor,
            ["mid_block_type"] = "UNetMidBlock2D",
            ["norm_eps"] = options.NormEps,
            ["norm_num_groups"] = options.NormNumGroups,
            ["num_class_embeds"] = options.NumClassEmbeds,
            ["num_train_timesteps"] = null,
            ["out_channels"] = options.Channels,
            ["resnet_time_scale_shift"] = "default",
            ["sample_size"] = height == width ? JsonValue.Create(height) : new JsonArray(height, width),
            ["time_embedding_dim"] = options.TimeEmbeddingDim,
            ["time_embedding_type"] = "positional",
            ["up_block_types"] = new JsonArray([.. options.UpBlockTypes!.Select(t => JsonValue.Create(t.ToString()))]),
            ["upsample_type"] = "conv",
        };
        if (options.Labels is { Count: > 0 } labels)
            unet["id2label"] = new JsonObject(labels.Select((label, i) => KeyValuePair.Create($"{i}", (JsonNode?)label)));
        return unet;
    }

    private static JsonObject WriteScheduler(DiffusionOptions options) => new()
    {
        ["_class_name"] = "DDPMScheduler",
        ["_diffusers_version"] = Version,
        ["beta_end"] = options.BetaEnd,
        ["beta_schedule"] = Schedules.Single(pair => pair.Value == options.BetaSchedule).Key,
        ["beta_start"] = options.BetaStart,
        ["clip_sample"] = options.ClipSample,
        ["clip_sample_range"] = 1.0,
        ["num_train_timesteps"] = options.TrainTimesteps,
        ["prediction_type"] = Predictions.Single(pair => pair.Value == options.Prediction).Key,
        ["rescale_betas_zero_snr"] = false,
        ["steps_offset"] = 0,
        ["thresholding"] = false,
        ["timestep_spacing"] = "leading",
        ["trained_betas"] = null,
        ["variance_type"] = Variances.Single(pair => pair.Value == options.VarianceType).Key,
    };

    // Defaults are those of diffusers' UNet2DModel: files list all keys of the version that wrote them, older ones fewer.
    private static DiffusionOptions ReadUNet(ConfigurationFile file)
    {
        file.Require("class_embed_type", null, "Classes are conditioned on through num_class_embeds.");
        file.Require("attn_norm_num_groups", null, "The middle's attention has the groups of norm_num_groups.");
        file.Require("downsample_type", "conv", "Residual downsampling has other weights.");
        file.Require("upsample_type", "conv", "Residual upsampling has other weights.");
        file.Require("mid_block_type", "UNetMidBlock2D", "Another middle has other weights.");
        file.Require("resnet_time_scale_shift", "default", "Scale and shift by the time embedding has other weights.");
        file.Require("time_embedding_type", "positional", "Fourier and learned time embeddings have other weights.");
        file.Ignore("num_train_timesteps"); // The size of a learned time embedding.
        int channels = file.Get("in_channels", 3);
        file.Require("out_channels", channels, "Other output channels would hold learned variances, which are not supported.");
        (int? height, int? width) = ReadSampleSize(file);
        int? rows = file.Get<int?>("num_class_embeds", null);
        string[] labels = rows is null ? [] : ReadLabels(file, rows.Value);
        file.Ignore("id2label");
        DiffusionOptions options = new()
        {
            Preset = null,
            Height = height,
            Width = width,
            Channels = channels,
            ClassConditional = rows is not null,
            Labels = labels,
            NumClassEmbeds = rows,
            BlockOutChannels = file.Get<int[]>("block_out_channels", [224, 448, 672, 896]),
            DownBlockTypes = Kinds<DownBlockType>(
                file, "down_block_types", ["DownBlock2D", "AttnDownBlock2D", "AttnDownBlock2D", "AttnDownBlock2D"]),
            UpBlockTypes = Kinds<UpBlockType>(
                file, "up_block_types", ["AttnUpBlock2D", "AttnUpBlock2D", "AttnUpBlock2D", "UpBlock2D"]),
            LayersPerBlock = file.Get("layers_per_block", 2),
            AddAttention = file.Get("add_attention", true),
            AttentionHeadDim = file.Get<int?>("attention_head_dim", 8),
            NormNumGroups = file.Get("norm_num_groups", 32),
            NormEps = file.Get("norm_eps", 1e-5),
            ActFn = file.Get("act_fn", "silu"),
            Dropout = file.Get("dropout", 0.0),
            DownsamplePadding = file.Get("downsample_padding", 1),
            MidBlockScaleFactor = file.Get("mid_block_scale_factor", 1.0),
            CenterInputSample = file.Get("center_input_sample", false),
            FlipSinToCos = file.Get("flip_sin_to_cos", true),
            FreqShift = file.Get("freq_shift", 0.0),
            TimeEmbeddingDim = file.Get<int?>("time_embedding_dim", null),
        };
        file.RefuseOthers();
        return options;
    }

    // Defaults are those of diffusers' DDPMScheduler. Keys that only say how to sample are the sampler's to set.
    private static DiffusionOptions ReadScheduler(ConfigurationFile file, DiffusionOptions options)
    {
        file.Choose("_class_name", "DDPMScheduler", new Dictionary<string, bool> { ["DDPMScheduler"] = true, ["DDIMScheduler"] = true });
        file.Require("trained_betas", null, "Only the schedules linear and squaredcos_cap_v2 are computed.");
        file.Require("rescale_betas_zero_snr", false, "Schedules that end in pure noise are not computed.");
        file.Require("thresholding", false, "Samplers clip to a fixed range.");
        file.Require("timestep_spacing", "leading", "Samplers take every n-th timestep from 0.");
        file.Require("steps_offset", 0, "Samplers take every n-th timestep from 0.");
        file.Require("set_alpha_to_one", true, "Samplers end at the clean image.");
        file.Require("clip_sample_range", 1.0, "Images are in [-1, 1].");
        file.Ignore("dynamic_thresholding_ratio");
        file.Ignore("sample_max_value");
        DiffusionOptions read = options with
        {
            TrainTimesteps = file.Get("num_train_timesteps", 1000),
            BetaStart = file.Get("beta_start", 1e-4),
            BetaEnd = file.Get("beta_end", 0.02),
            BetaSchedule = file.Choose("beta_schedule", "linear", Schedules),
            Prediction = file.Choose("prediction_type", "epsilon", Predictions),
            ClipSample = file.Get("clip_sample", true),
            VarianceType = file.Choose("variance_type", "fixed_small", Variances),
        };
        file.RefuseOthers();
        return read;
    }

    private static (int? Height, int? Width) ReadSampleSize(ConfigurationFile file)
    {
        JsonNode? size = file.Get<JsonNode?>("sample_size", null);
        if (size is not JsonArray)
            return (file.Get<int?>("sample_size", null), file.Get<int?>("sample_size", null));
        return file.Get<int[]>("sample_size", []) is [int height, int width]
            ? (height, width)
            : throw new ModelException($"'sample_size' is {size.ToJsonString()}. Allowed: one number, or height and width.");
    }

    // A file without names numbers its classes, all of them: no row stands for "none".
    private static string[] ReadLabels(ConfigurationFile file, int rows)
    {
        Dictionary<string, string>? names = file.Get<Dictionary<string, string>?>("id2label", null);
        if (names is null)
            return [.. Enumerable.Range(0, rows).Select(i => $"{i}")];
        return [.. Enumerable.Range(0, names.Count).Select(i => names.TryGetValue($"{i}", out string? name)
            ? name
            : throw new ModelException($"'id2label' has {names.Count} classes but no \"{i}\". Number them from 0."))];
    }

    private static T[] Kinds<T>(ConfigurationFile file, string key, string[] fallback) where T : struct, Enum =>
        [.. file.Get(key, fallback).Select(name => Enum.GetNames<T>().Contains(name)
            ? Enum.Parse<T>(name)
            : throw new ModelException($"'{key}' holds \"{name}\", which is not supported. Supported: {string.Join(", ", Enum.GetNames<T>())}."))];
}
