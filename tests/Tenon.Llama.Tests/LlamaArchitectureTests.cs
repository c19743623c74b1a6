using System.Text.Json.Nodes;

namespace Tenon.Llama.Tests;

public class LlamaArchitectureTests
{
    private static readonly LlamaArchitecture Architecture = new();

    // V·E, twice if the head is untied, + L·(2·E·D·(H + K) + 3·E·F + 2·E) + E; Qwen2 has biases, D·(H + 2·K), and Qwen3 norms of
    // heads, 2·D, in each layer.
    [Theory]
    [InlineData("llama-2-7b", 6_738_415_616)]
    [InlineData("llama-2-13b", 13_015_864_320)]
    [InlineData("llama-2-70b", 68_976_648_192)]
    [InlineData("llama-3-8b", 8_030_261_248)]
    [InlineData("llama-3-70b", 70_553_706_496)]
    [InlineData("llama-3.1-8b", 8_030_261_248)]
    [InlineData("llama-3.1-70b", 70_553_706_496)]
    [InlineData("llama-3.1-405b", 405_853_388_800)]
    [InlineData("llama-3.2-1b", 1_235_814_400)]
    [InlineData("llama-3.2-3b", 3_212_749_824)]
    [InlineData("mistral-7b-v0.1", 7_241_732_096)]
    [InlineData("mistral-7b-v0.3", 7_248_023_552)]
    [InlineData("qwen2.5-0.5b", 494_032_768)]
    [InlineData("qwen2.5-1.5b", 1_543_714_304)]
    [InlineData("qwen2.5-3b", 3_085_938_688)]
    [InlineData("qwen2.5-7b", 7_615_616_512)]
    [InlineData("qwen2.5-14b", 14_770_033_664)]
    [InlineData("qwen2.5-32b", 32_763_876_352)]
    [InlineData("qwen2.5-72b", 72_706_203_648)]
    [InlineData("qwen3-0.6b", 596_049_920)]
    [InlineData("qwen3-1.7b", 1_720_574_976)]
    [InlineData("qwen3-4b", 4_022_468_096)]
    [InlineData("qwen3-8b", 8_190_735_360)]
    [InlineData("qwen3-14b", 14_768_307_200)]
    [InlineData("qwen3-32b", 32_762_123_264)]
    public void Presets_have_their_parameters_and_cost_no_memory_on_meta(string preset, long expected)
    {
        long before = Environment.WorkingSet;
        LlamaOptions options = Architecture.Resolve(new LlamaOptions { Preset = preset }, Models.Nothing);
        using LlamaModel model = Architecture.Build(options, new BuildContext(torch.META, new Autocast()));

        model.parameters().Sum(parameter => parameter.numel()).Should().Be(expected);
        (Environment.WorkingSet - before).Should().BeLessThan(200_000_000);
        // The embedding takes no FLOPs unless it is also the head.
        double matrices = expected - (model.IsTied ? 0 : model.TokenEmbeddings.numel());
        model.Cost.ForwardFlop.Should().BeGreaterThan(1.99 * matrices);
        Architecture.Read(Architecture.Describe(options)).Should().Be(options with { Preset = null });
    }

    [Fact]
    public void Presets_are_those_that_the_option_allows() =>
        AllowedNames.Of<LlamaOptions>(nameof(LlamaOptions.Preset)).Should().Equal(LlamaPresets.All.Names);

    [Fact]
    public void Presets_scale_rotary_positions_as_published()
    {
        LlamaOptions options = Architecture.Resolve(new LlamaOptions { Preset = "llama-3.2-1b" }, Models.Nothing);

        JsonObject config = Architecture.Describe(options)["config.json"];

        config["rope_scaling"]!.ToJsonString().Should().Be(
            """{"rope_type":"llama3","factor":32.0,"low_freq_factor":1.0,"high_freq_factor":4.0,"original_max_position_embeddings":8192}""");
        config["rope_theta"]!.GetValue<double>().Should().Be(500_000);
        Architecture.Resolve(new LlamaOptions { VocabularySize = 9 }, Models.Nothing).RopeScaling.Should().Be(RopeScaling.None);
    }

    [Fact]
    public void Resolving_twice_changes_nothing()
    {
        var facts = new ModelFacts(300, new SpecialTokens { EndOfText = 7 }, new DataFacts());

        LlamaOptions once = Architecture.Resolve(new LlamaOptions { HiddenSize = 256, Layers = 3 }, facts);

        Architecture.Resolve(once, facts).Should().Be(once);
        once.Should().BeEquivalentTo(new
        {
            Heads = 4,
            KeyValueHeads = 1,
            HeadSize = 64,
            FeedForwardSize = 688,
            VocabularySize = 300,
            EndOfText = 7,
            BeginOfText = 7,
            TieEmbeddings = true,
            RopeTheta = 10_000.0,
        });
        Architecture.Resolve(new LlamaOptions { HiddenSize = 48, Heads = 3 }, facts).Should()
            .BeEquivalentTo(new { KeyValueHeads = 3, HeadSize = 16 });
        Architecture.Resolve(new LlamaOptions { HiddenSize = 50, Heads = 3, HeadSize = 8 }, facts).HeadSize.Should().Be(8);
    }

    [Theory]
    [InlineData("heads", "*'hiddenSize' is 100, which is not divisible by the number of heads, 3*'headSize'*")]
    [InlineData("keys", "*'keyValueHeads' (num_key_value_heads) is 3, which does not divide the 4 query heads*1, 2, 4.")]
    [InlineData("odd", "*'headSize' (head_dim) is 7*even*")]
    [InlineData("bias", "*'attentionBias' (attention_bias) is true, but 'mistral' does not support it*")]
    [InlineData("qwen bias", "*'attentionBias' (attention_bias) is true, but 'qwen2' always has biases on queries, keys and values only*")]
    [InlineData("feed-forward bias", "*'feedForwardBias' (mlp_bias) is true, but 'qwen3' does not support it*")]
    [InlineData("window", "*'slidingWindow' (sliding_window) is 4, but 'llama' does not support it*'variant'*")]
    [InlineData("layers alone", "*'slidingLayers' (layer_types) is [1], but 'slidingWindow' (sliding_window) is not set*")]
    [InlineData("layers", "*'slidingLayers' (layer_types) is [2], but may only contain the layers 0 … 1*")]
    [InlineData("mistral layers", "*'slidingLayers' (layer_types) is [1], but 'mistral' uses the sliding window in every layer*")]
    [InlineData("factor", "*'ropeFactor' (factor) is missing, but the scaling 'linear' requires it*")]
    [InlineData("factor alone", "*'ropeFactor' (factor) is 2, but a model without 'ropeScaling' does not use it*")]
    [InlineData("original",
        "*'ropeOriginalContextLength' (original_max_position_embeddings) is missing, but the scaling 'dynamic' requires it*")]
    [InlineData("beta", "*'ropeBetaFast' (beta_fast) is 3, but the scaling 'linear' does not use it*")]
    [InlineData("frequencies",
        "*'ropeLowFrequencyFactor' (low_freq_factor) is 4, but must be below 'ropeHighFrequencyFactor', which is 4*")]
    [InlineData("preset", "*'preset' is 'llama-3.2-2b'. Did you mean*")]
    public void Contradicting_options_are_refused(string what, string message)
    {
        LlamaOptions tiny = new() { Layers = 2, HiddenSize = 32, Heads = 4, KeyValueHeads = 2, VocabularySize = 9 };
        LlamaOptions options = what switch
        {
            "heads" => tiny with { HiddenSize = 100, Heads = 3, KeyValueHeads = 3 },
            "keys" => tiny with { KeyValueHeads = 3 },
            "odd" => tiny with { HeadSize = 7 },
            "bias" => tiny with { AttentionBias = true, Variant = LlamaVariant.Mistral },
            "qwen bias" => tiny with { AttentionBias = true, Variant = LlamaVariant.Qwen2 },
            "feed-forward bias" => tiny with { FeedForwardBias = true, Variant = LlamaVariant.Qwen3 },
            "window" => tiny with { SlidingWindow = 4 },
            "layers alone" => tiny with { SlidingLayers = [1], Variant = LlamaVariant.Qwen2 },
            "layers" => tiny with { SlidingLayers = [2], SlidingWindow = 4, Variant = LlamaVariant.Qwen2 },
            "mistral layers" => tiny with { SlidingLayers = [1], SlidingWindow = 4, Variant = LlamaVariant.Mistral },
            "factor" => tiny with { RopeScaling = RopeScaling.Linear },
            "factor alone" => tiny with { RopeFactor = 2 },
            "original" => tiny with { RopeScaling = RopeScaling.Dynamic, RopeFactor = 2 },
            "beta" => tiny with { RopeScaling = RopeScaling.Linear, RopeFactor = 2, RopeBetaFast = 3 },
            "frequencies" => tiny with
            {
                RopeScaling = RopeScaling.Llama3,
                RopeFactor = 2,
                RopeOriginalContextLength = 8,
                RopeLowFrequencyFactor = 4,
                RopeHighFrequencyFactor = 4,
            },
            _ => tiny with { Preset = "llama-3.2-2b" },
        };

        Action resolve = () => Architecture.Resolve(options, Models.Nothing);

        resolve.Should().Throw<ModelException>().WithMessage(message);
    }

    [Theory]
    [InlineData("model.layers.3.self_attn.rotary_emb.inv_freq", null)]
    [InlineData("lm_head.weight", null)]
    [InlineData("layers.3.self_attn.q_proj.weight", "model.layers.3.self_attn.q_proj.weight")]
    [InlineData("embed_tokens.weight", "model.embed_tokens.weight")]
    [InlineData("norm.weight", "model.norm.weight")]
    [InlineData("model.norm.weight", "model.norm.weight")]
    [InlineData("v_head.summary.weight", "v_head.summary.weight")]
    public void Names_of_bare_transformers_are_mapped(string name, string? expected) => Architecture.WeightName(name).Should().Be(expected);

    // TRL's value heads and the heads of classifiers are ignored when a folder is opened.
    [Theory]
    [InlineData("v_head.summary.weight", true)]
    [InlineData("score.weight", true)]
    [InlineData("lm_head.weight", true)]
    [InlineData("model.layers.0.self_attn.other", false)]
    public void Whatever_is_not_of_the_transformer_is_a_head(string name, bool isHead) => Architecture.IsHead(name).Should().Be(isHead);
}
