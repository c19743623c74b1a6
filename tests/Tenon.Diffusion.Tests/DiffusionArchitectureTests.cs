using System.Text.Json.Nodes;

namespace Tenon.Diffusion.Tests;

public sealed class DiffusionArchitectureTests
{
    // What the refusals below change one key of.
    private static readonly DiffusionOptions Plain = Models.Resolve(new() { Preset = "tiny", Height = 16, Width = 16, Channels = 3 });
    private static readonly DataFacts Digits = new() { ImageSize = (28, 28, 1), Labels = ["0", "1", "2"] };

    [Fact]
    public void Takes_sizes_and_classes_from_the_data()
    {
        DiffusionOptions options = Models.Resolve(new DiffusionOptions(), Digits);

        (options.Height, options.Width, options.Channels).Should().Be((28, 28, 1));
        options.Labels.Should().Equal("0", "1", "2");
        options.NumClassEmbeds.Should().Be(4);
        options.BlockOutChannels.Should().Equal(32, 64, 64);
    }

    [Theory]
    [InlineData("tiny")]
    [InlineData("small")]
    public void Resolving_twice_changes_nothing(string preset)
    {
        DiffusionOptions once = Models.Resolve(new DiffusionOptions { Preset = preset }, Digits);
        Models.Resolve(once, Digits).Should().BeEquivalentTo(once);
        Models.Resolve(once).Should().BeEquivalentTo(once);
    }

    [Fact]
    public void The_presets_match_the_metadata() =>
        AllowedNames.Of<DiffusionOptions>(nameof(DiffusionOptions.Preset)).Should().Equal(DiffusionPresets.All.Names);

    [Fact]
    public void Omits_classes_when_requested() =>
        Models.Resolve(new DiffusionOptions { ClassConditional = false }, Digits).NumClassEmbeds.Should().BeNull();

    [Fact]
    public void Writes_diffusers_folders_and_reads_them()
    {
        DiffusionOptions options = Models.Resolve(
            new()
            {
                Prediction = PredictionType.Velocity,
                BetaSchedule = BetaSchedule.SquaredcosCapV2,
                TrainTimesteps = 400,
                VarianceType = VarianceType.FixedLarge
            }, Digits);

        ModelConfiguration folder = Models.Architecture.Describe(options);

        folder.Files.Keys.Should().Equal("model_index.json", "scheduler/scheduler_config.json", "unet/config.json");
        folder["model_index.json"]["unet"]!.ToJsonString().Should().Be("""["diffusers","UNet2DModel"]""");
        folder["scheduler/scheduler_config.json"]["prediction_type"]!.GetValue<string>().Should().Be("v_prediction");
        folder["unet/config.json"]["id2label"]!.ToJsonString().Should().Be("""{"0":"0","1":"1","2":"2"}""");
        folder["unet/config.json"].Last().Key.Should().Be("id2label");
        Models.Architecture.Read(Parsed(folder)).Should()
            .BeEquivalentTo(options with { Preset = null, ClassDropout = new DiffusionOptions().ClassDropout });
        Models.Architecture.WeightsFile.Should().Be("unet/diffusion_pytorch_model.safetensors");
    }

    [Fact]
    public void Writes_the_same_configuration_as_the_reference()
    {
        JsonObject reference = Goldens.Config("ddpm-tiny");
        JsonObject written = Parsed(Models.Architecture.Describe(Models.TinyOptions()))["unet/config.json"];

        written.Select(pair => pair.Key).Should().BeEquivalentTo(reference.Select(pair => pair.Key));
        written.Select(pair => pair.Key).Should().BeInAscendingOrder(StringComparer.Ordinal);
        foreach ((string key, JsonNode? value) in reference)
            JsonNode.DeepEquals(written[key], value).Should().BeTrue($"{key} should be {value}, not {written[key]}");
    }

    [Fact]
    public void Images_may_have_two_sizes()
    {
        DiffusionOptions options = Models.Resolve(new() { Preset = "tiny", Height = 8, Width = 16, Channels = 1 });

        ModelConfiguration folder = Parsed(Models.Architecture.Describe(options));

        folder["unet/config.json"]["sample_size"]!.ToJsonString().Should().Be("[8,16]");
        DiffusionOptions read = Models.Architecture.Read(folder);
        (read.Height, read.Width).Should().Be((8, 16));
    }

    [Fact]
    public void Reads_the_schedulers_own_configuration()
    {
        DiffusionOptions options = Models.Architecture.Read(new ModelConfiguration(new Dictionary<string, JsonObject>
        {
            ["unet/config.json"] = Goldens.Config("ddpm-tiny"),
            ["scheduler/scheduler_config.json"] = Goldens.Config("ddpm-schedulers"),
        }));
        options.Should().BeEquivalentTo(Models.TinyOptions() with
        {
            TrainTimesteps = SchedulerGolden.TrainTimesteps,
            BetaStart = SchedulerGolden.BetaStart,
            BetaEnd = SchedulerGolden.BetaEnd,
            BetaSchedule = SchedulerGolden.Schedules[(string)Goldens.Config("ddpm-schedulers")["beta_schedule"]!],
        });
    }

    [Theory]
    [InlineData("down_block_types", """["DownBlock2D","CrossAttnDownBlock2D"]""", "*config.json: 'down_block_types' is \"CrossAttnDownBlock2D\"*Supported: DownBlock2D, AttnDownBlock2D*")]
    [InlineData("resnet_time_scale_shift", "\"scale_shift\"",
        "*config.json: 'resnet_time_scale_shift' is \"scale_shift\"; only \"default\"*")]
    [InlineData("time_embedding_type", "\"fourier\"", "*'time_embedding_type'*only \"positional\"*")]
    [InlineData("out_channels", "6", "*config.json: 'out_channels' is 6; only 3*learned variances*")]
    [InlineData("class_embed_type", "\"timestep\"", "*'class_embed_type'*only null*num_class_embeds*")]
    [InlineData("act_fn", "\"snake\"", "*'act_fn' is \"snake\"*Supported: silu*")]
    [InlineData("norm_num_groups", "7", "*32, which is not a multiple of 'normNumGroups' (7)*")]
    [InlineData("attention_head_dim", "24", "*not a multiple of 'attentionHeadDim' (24)*")]
    [InlineData("sample_size", "15", "*'height' is 15*multiple of 2*")]
    [InlineData("sample_size", "[16, 16, 16]", "*'sample_size' is [16,16,16]. Allowed: a whole number, or a list of height and width.")]
    [InlineData("norm_eps", "2", "*'norm_eps' is 2. Allowed: 1E-12 … 1.*")]
    [InlineData("sample_size", "null", "*'height' is not set*")]
    [InlineData("layers_per_block", "\"two\"", "*config.json: 'layers_per_block' is \"two\", which is not a whole number*")]
    [InlineData("encoder_hid_dim", "768", "*config.json: 'encoder_hid_dim' is 768*does not have this key*")]
    [InlineData("block_out_channels", "[32, 64, 64]", "*'downBlockTypes' has 2 levels, but 'blockOutChannels' has 3*")]
    public void Rejects_a_network_that_it_cannot_build(string key, string value, string message)
    {
        JsonObject config = Parsed(Models.Architecture.Describe(Plain))["unet/config.json"];
        config[key] = JsonNode.Parse(value);
        Refuses(() => Models.Architecture.Read(new ModelConfiguration(config)), message);
    }

    [Theory]
    [InlineData("beta_schedule", "\"scaled_linear\"",
        "*scheduler/scheduler_config.json: 'beta_schedule' is \"scaled_linear\"*Supported: linear, squaredcos_cap_v2*")]
    [InlineData("prediction_type", "\"flow\"", "*Supported: epsilon, v_prediction, sample*")]
    [InlineData("variance_type", "\"learned_range\"", "*Supported: fixed_small, fixed_large*")]
    [InlineData("rescale_betas_zero_snr", "true", "*only false*")]
    [InlineData("trained_betas", "[0.1]", "*only null*")]
    [InlineData("_class_name", "\"PNDMScheduler\"", "*Supported: DDPMScheduler, DDIMScheduler*")]
    public void Rejects_a_schedule_that_it_does_not_compute(string key, string value, string message)
    {
        ModelConfiguration folder = Parsed(Models.Architecture.Describe(Plain));
        folder["scheduler/scheduler_config.json"][key] = JsonNode.Parse(value);
        Refuses(() => Models.Architecture.Read(folder), message);
    }

    [Fact]
    public void Rejects_options_that_contradict_the_data()
    {
        Refuses(() => Models.Resolve(new() { Height = 32 }, Digits), "*32×28*28×28*omit height*");
        Refuses(() => Models.Resolve(new() { Labels = ["a"] }, Digits), "*classes are a, but the data's are 0, 1, 2*");
        Refuses(() => Models.Resolve(new() { ClassConditional = true, Height = 8, Width = 8, Channels = 1 }),
            "*neither the data nor 'labels'*");
        Refuses(() => Models.Resolve(new()), "*'channels' is not set*");
        Refuses(() => Models.Resolve(new() { NumClassEmbeds = 9 }, Digits), "*'numClassEmbeds' is 9 for 3 classes. Allowed: 4*");
        Refuses(() => Models.Resolve(new() { BetaStart = 0.5, BetaEnd = 0.1 }, Digits), "*'betaStart' is 0.5*");
        Refuses(() => Models.Resolve(new() { Preset = "smal" }, Digits),
            "*'preset' is 'smal'. Did you mean 'small'? Allowed: tiny, small, cifar10.");
        Refuses(() => Models.Resolve(new() { BlockOutChannels = [32] }, Digits),
            "*'downBlockTypes' has 0 levels, but 'blockOutChannels' has 1*");
    }

    private static ModelConfiguration Parsed(ModelConfiguration folder) =>
        new(folder.Files.Select(file => KeyValuePair.Create(file.Key, JsonNode.Parse(file.Value.ToJsonString())!.AsObject())));

    private static void Refuses(Action act, string message) => act.Should().Throw<ModelException>().WithMessage(message);
}
