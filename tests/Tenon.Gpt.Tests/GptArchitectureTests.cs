using System.Text.Json.Nodes;

namespace Tenon.Gpt.Tests;

public class GptArchitectureTests
{
    private static readonly GptArchitecture Architecture = new();
    private static readonly ModelFacts Nothing = new(null, new SpecialTokens(), new DataFacts());

    // V·E + C·E + L·(12·E² + 13·E) + 2·E of the published sizes.
    [Theory]
    [InlineData("gpt2", 124_439_808)]
    [InlineData("gpt2-medium", 354_823_168)]
    [InlineData("gpt2-large", 774_030_080)]
    [InlineData("gpt2-xl", 1_557_611_200)]
    [InlineData("gpt3-small", 125_226_240)]
    [InlineData("gpt3-medium", 355_871_744)]
    [InlineData("gpt3-large", 760_300_032)]
    [InlineData("gpt3-xl", 1_315_723_264)]
    [InlineData("gpt3-2.7b", 2_651_553_280)]
    [InlineData("gpt3-6.7b", 6_658_404_352)]
    [InlineData("gpt3-13b", 12_853_386_240)]
    [InlineData("gpt3-175b", 174_604_259_328)]
    public void Presets_have_their_parameters_and_cost_no_memory_on_meta(string preset, long expected)
    {
        long before = Environment.WorkingSet;
        using GptModel model = Architecture.Build(
            Architecture.Resolve(new GptOptions { Preset = preset }, Nothing), new BuildContext(torch.META, new Autocast()));

        model.parameters().Sum(parameter => parameter.numel()).Should().Be(expected);
        (Environment.WorkingSet - before).Should().BeLessThan(200_000_000);
        model.Cost.ForwardFlop.Should().BeGreaterThan(1.9 * expected);
    }

    [Fact]
    public void Presets_match_the_allowed_values_of_the_option() =>
        AllowedNames.Of<GptOptions>(nameof(GptOptions.Preset)).Should().Equal(GptPresets.All.Names);

    [Fact]
    public void Resolving_twice_changes_nothing()
    {
        var facts = new ModelFacts(300, new SpecialTokens { EndOfText = 7 }, new DataFacts());

        GptOptions once = Architecture.Resolve(new GptOptions { HiddenSize = 128, Layers = 3 }, facts);

        Architecture.Resolve(once, facts).Should().Be(once);
        once.Should().BeEquivalentTo(new
        {
            Heads = 2,
            FeedForwardSize = 512,
            VocabularySize = 300,
            EndOfText = 7,
            BeginOfText = 7,
            ContextLength = 1024
        });
    }

    [Fact]
    public void Configuration_is_read_back()
    {
        GptOptions options = Architecture.Resolve(
            new GptOptions { Layers = 2, HiddenSize = 64, VocabularySize = 10, FeedForwardSize = 100, Activation = "relu", Dropout = 0.2 },
            Nothing);

        ModelConfiguration described = Architecture.Describe(options);

        Architecture.Read(described).Should().Be(options);
        described["config.json"]["n_inner"]!.GetValue<int>().Should().Be(100);
    }

    [Fact]
    public void Missing_keys_take_the_reference_defaults()
    {
        GptOptions options = Architecture.Read(new ModelConfiguration(new JsonObject()));

        options.Should().BeEquivalentTo(new
        {
            Layers = 12,
            HiddenSize = 768,
            Heads = 12,
            ContextLength = 1024,
            VocabularySize = 50257,
            FeedForwardSize = 3072,
            Activation = "gelu_new",
            Dropout = 0.1,
            AttentionDropout = 0.1,
            EmbeddingDropout = 0.1,
            EndOfText = 50256,
            BeginOfText = 50256,
        });
    }

    [Theory]
    [InlineData("""{"model_type": "bert"}""", "*'model_type' is \"bert\"*only \"gpt2\"*")]
    [InlineData("""{"add_cross_attention": true}""", "*'add_cross_attention' is true*")]
    [InlineData("""{"activation_function": "gelu_mew"}""", "*'activation_function' is \"gelu_mew\"*mean 'gelu_new'*Supported:*")]
    [InlineData("""{"n_layer": "twelve"}""", "*'n_layer' is \"twelve\"*whole number*")]
    public void Unsupported_configurations_are_rejected(string config, string message)
    {
        Action read = () => Architecture.Read(new ModelConfiguration((JsonObject)JsonNode.Parse(config)!));

        read.Should().Throw<ModelException>().WithMessage(message);
    }

    [Fact]
    public void A_shorter_context_keeps_the_first_positions()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor positions = torch.arange(12, torch.ScalarType.Float32).reshape(4, 3);

        Tensor shorter = Architecture.Adapt("transformer.wpe.weight", positions, [2, 3])!;

        shorter.data<float>().ToArray().Should().Equal(0, 1, 2, 3, 4, 5);
        Architecture.Adapt("transformer.wpe.weight", positions, [5, 3]).Should().BeNull("nothing was trained for a longer one");
        Architecture.Adapt("transformer.wte.weight", positions, [2, 3]).Should().BeNull();
        new GptClassifierArchitecture().Adapt("transformer.wpe.weight", positions, [2, 3])!.shape.Should().Equal(2, 3);
    }

    [Fact]
    public void Contradicting_options_are_rejected()
    {
        Action heads = () => Architecture.Resolve(new GptOptions { HiddenSize = 100, Heads = 3, VocabularySize = 5 }, Nothing);
        Action vocabulary = () =>
            Architecture.Resolve(new GptOptions { VocabularySize = 5 }, new ModelFacts(6, new SpecialTokens(), new DataFacts()));
        Action nothing = () => Architecture.Resolve(new GptOptions(), Nothing);

        heads.Should().Throw<ModelException>().WithMessage("*'hiddenSize' is 100, which is not divisible by 3 heads*");
        vocabulary.Should().Throw<ModelException>().WithMessage("*'vocabularySize' is 5, but the tokenizer has 6*");
        nothing.Should().Throw<ModelException>().WithMessage("*'vocabularySize' is not set*");
    }

    [Theory]
    [InlineData("h.3.attn.bias", null)]
    [InlineData("transformer.h.3.attn.masked_bias", null)]
    [InlineData("lm_head.weight", null)]
    [InlineData("h.3.attn.c_attn.bias", "transformer.h.3.attn.c_attn.bias")]
    [InlineData("transformer.wte.weight", "transformer.wte.weight")]
    [InlineData("ln_f.weight", "transformer.ln_f.weight")]
    [InlineData("v_head.summary.weight", "v_head.summary.weight")]
    public void Older_names_are_mapped(string name, string? expected) => Architecture.WeightName(name).Should().Be(expected);

    [Theory]
    [InlineData("v_head.summary.weight", true)]
    [InlineData("multiple_choice_head.summary.bias", true)]
    [InlineData("lm_head.weight", true)]
    [InlineData("transformer.h.0.attn.c_attn.other", false)]
    public void Everything_outside_the_transformer_is_a_head(string name, bool isHead) => Architecture.IsHead(name).Should().Be(isHead);

    [Fact]
    public void An_untied_output_map_is_built_and_described()
    {
        GptOptions options = Architecture.Read(new ModelConfiguration((JsonObject)JsonNode.Parse(
            """{"tie_word_embeddings": false, "n_embd": 8, "n_head": 2, "n_layer": 1, "vocab_size": 11}""")!));
        using GptModel model = Architecture.Build(options, new BuildContext(torch.CPU, new Autocast()));

        model.IsTied.Should().BeFalse();
        model.state_dict()["lm_head.weight"].shape.Should().Equal(11, 8);
        Architecture.Describe(options)["config.json"]["tie_word_embeddings"]!.GetValue<bool>().Should().BeFalse();
    }

    [Theory]
    [InlineData("7", 7)]
    [InlineData("[7, 9]", 7)]
    [InlineData("null", null)]
    public void The_first_of_several_end_of_text_ids_is_used(string json, int? expected) => Architecture.Read(
        new ModelConfiguration(new JsonObject { ["eos_token_id"] = JsonNode.Parse(json) })).EndOfText.Should().Be(expected);
}
