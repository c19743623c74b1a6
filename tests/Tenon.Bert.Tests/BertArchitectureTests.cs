using System.Text.Json.Nodes;

namespace Tenon.Bert.Tests;

public class BertArchitectureTests
{
    private static readonly BertArchitecture Architecture = new();
    private static readonly ModelFacts Nothing = new(null, new SpecialTokens(), new DataFacts());

    // (V + C + 2 + 2)·E + L·(12·E² + 13·E) + E² + E: encoder and pooler of the published sizes.
    [Theory]
    [InlineData("bert-tiny", 4_385_920)]
    [InlineData("bert-mini", 11_170_560)]
    [InlineData("bert-small", 28_763_648)]
    [InlineData("bert-medium", 41_373_184)]
    [InlineData("bert-base", 109_482_240)]
    [InlineData("bert-large", 335_141_888)]
    public void Presets_have_their_parameters_and_cost_no_memory_on_meta(string preset, long expected)
    {
        long before = Environment.WorkingSet;
        using BertModel model = Architecture.Build(
            Architecture.Resolve(new BertOptions { Preset = preset, Head = "pre-training" }, Nothing),
            new BuildContext(torch.META, new Autocast()));

        model.named_parameters().Where(pair => pair.name.StartsWith("bert.", StringComparison.Ordinal)).Sum(pair => pair.parameter.numel())
            .Should().Be(expected);
        (Environment.WorkingSet - before).Should().BeLessThan(200_000_000);
        model.Cost.Should().BeEquivalentTo(new { Unit = "token", UnitsPerExample = 512L });
        model.Cost.ForwardFlop.Should().BeGreaterThan(2e5);
    }

    [Fact]
    public void A_shorter_context_keeps_the_first_positions()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor positions = torch.arange(12, torch.ScalarType.Float32).reshape(4, 3);

        Architecture.Adapt("bert.embeddings.position_embeddings.weight", positions, [2, 3])!.data<float>().ToArray().Should()
            .Equal(0, 1, 2, 3, 4, 5);
        Architecture.Adapt("bert.embeddings.position_embeddings.weight", positions, [5, 3]).Should()
            .BeNull("nothing was trained for a longer one");
        Architecture.Adapt("bert.embeddings.word_embeddings.weight", positions, [2, 3]).Should().BeNull();
    }

    [Fact]
    public void The_preset_s_allowed_values_are_the_presets() =>
        AllowedNames.Of<BertOptions>(nameof(BertOptions.Preset)).Should().Equal(BertPresets.All.Names);

    [Fact]
    public void An_unknown_preset_is_rejected_with_the_nearest_name()
    {
        Action resolve = () => Models.Resolve(new BertOptions { Preset = "bert-bass" });
        resolve.Should().Throw<ModelException>()
            .WithMessage("'preset' is 'bert-bass'. Did you mean 'bert-base'? Allowed: bert-tiny, *bert-large.");
    }

    [Fact]
    public void Sizes_come_from_tokenizer_and_data()
    {
        BertOptions options = Models.Resolve(new BertOptions { HiddenSize = 128, Layers = 3 }, "no", "yes");

        options.Should().BeEquivalentTo(new
        {
            Head = "sequence-classification",
            Heads = 2,
            FeedForwardSize = 512,
            ContextLength = 512,
            VocabularySize = 57,
            Labels = new[] { "no", "yes" },
            ClassifyToken = 2,
            SeparatorToken = 3,
            MaskToken = 4,
            PadToken = 0,
        });
        Models.Resolve(new BertOptions()).Head.Should().Be("masked-lm");
        Architecture.Resolve(options, new ModelFacts(57, new ToyTokenizer().Special, new DataFacts { Labels = options.Labels! })).Should()
            .Be(options);
    }

    [Fact]
    public void Special_tokens_that_the_tokenizer_lacks_get_ids_after_its_own()
    {
        var bytes = new ModelFacts(257, new SpecialTokens { EndOfText = 256 }, new DataFacts());

        BertOptions options = Architecture.Resolve(new BertOptions { Preset = "bert-tiny" }, bytes);

        options.Should().BeEquivalentTo(new
        {
            ClassifyToken = 257,
            SeparatorToken = 258,
            MaskToken = 259,
            PadToken = 260,
            VocabularySize = 261
        });
        Architecture.Resolve(options, bytes).Should().Be(options);
        Action tooSmall = () => Architecture.Resolve(new BertOptions { VocabularySize = 257 }, bytes);
        tooSmall.Should().Throw<ModelException>()
            .WithMessage("*'vocabularySize' is 257, but 261 ids are in use: 257 from the tokenizer, and 4 special tokens that it lacks*");
    }

    [Fact]
    public void The_head_matches_the_classes_of_the_data()
    {
        BertOptions Resolve(BertOptions options) => Architecture.Resolve(
            options, new ModelFacts(57, new ToyTokenizer().Special, new DataFacts { Labels = ["O", "B-name"], LabelsWords = true }));

        Resolve(new BertOptions()).Head.Should().Be("token-classification");
        Action other = () => Resolve(new BertOptions { Head = "sequence-classification" });
        other.Should().Throw<ModelException>()
            .WithMessage("'head' is 'sequence-classification', but the data labels words. Set it to 'token-classification', or remove it.");
    }

    [Theory]
    [InlineData("masked-lm", "BertForMaskedLM")]
    [InlineData("pre-training", "BertForPreTraining")]
    [InlineData("sequence-classification", "BertForSequenceClassification")]
    [InlineData("token-classification", "BertForTokenClassification")]
    public void Configuration_is_read_back(string head, string modelClass)
    {
        BertOptions options = Models.Resolve(
            new BertOptions
            {
                Head = head,
                Layers = 2,
                HiddenSize = 64,
                FeedForwardSize = 100,
                Activation = "relu",
                ClassifierDropout = 0.3
            }, "no", "yes");

        ModelConfiguration described = Architecture.Describe(options);

        Architecture.Read(described).Should().BeEquivalentTo(options);
        described["config.json"]["architectures"]![0]!.GetValue<string>().Should().Be(modelClass);
        if (options.Labels is not null)
            described["config.json"]["label2id"]!.ToJsonString().Should().Be("""{"no":0,"yes":1}""");
    }

    [Fact]
    public void Configuration_is_written_as_transformers_writes_it()
    {
        BertOptions options = Models.Resolve(new BertOptions { Layers = 2, HiddenSize = 64, ClassifierDropout = 0.25 }, "no", "yes");

        Architecture.Describe(options)["config.json"].ToJsonString().Should().Be(
            """
            {"architectures":["BertForSequenceClassification"],"model_type":"bert","vocab_size":57,"hidden_size":64,"num_hidden_layers":2,
            "num_attention_heads":1,"intermediate_size":256,"hidden_act":"gelu","hidden_dropout_prob":0.1,"attention_probs_dropout_prob":0.1,
            "classifier_dropout":0.25,"max_position_embeddings":512,"type_vocab_size":2,"initializer_range":0.02,"layer_norm_eps":1E-12,
            "pad_token_id":0,"cls_token_id":2,"sep_token_id":3,"mask_token_id":4,"position_embedding_type":"absolute",
            "tie_word_embeddings":true,"use_cache":true,"torch_dtype":"float32","id2label":{"0":"no","1":"yes"},"label2id":{"no":0,"yes":1}}
            """.ReplaceLineEndings(""));
    }

    [Fact]
    public void Missing_keys_take_the_reference_defaults()
    {
        BertOptions options = Architecture.Read(new ModelConfiguration(new JsonObject
        {
            ["architectures"] =
            new JsonArray("BertForSequenceClassification")
        }));

        options.Should().BeEquivalentTo(new
        {
            Layers = 12,
            HiddenSize = 768,
            Heads = 12,
            ContextLength = 512,
            VocabularySize = 30522,
            FeedForwardSize = 3072,
            TypeVocabularySize = 2,
            Activation = "gelu",
            Dropout = 0.1,
            AttentionDropout = 0.1,
            PadToken = 0,
            Labels = new[] { "LABEL_0", "LABEL_1" },
        });
    }

    [Theory]
    [InlineData("""{"model_type": "gpt2"}""", "*'model_type' is \"gpt2\"*only \"bert\"*")]
    [InlineData("""{"position_embedding_type": "relative_key"}""", "*'position_embedding_type' is \"relative_key\"*")]
    [InlineData("""{"is_decoder": true}""", "*'is_decoder' is true*")]
    [InlineData("""{"hidden_act": "gelo"}""", "config.json: 'hidden_act' is \"gelo\"*mean 'gelu'*Supported: gelu, *")]
    [InlineData("""{"num_hidden_layers": 0}""", "*'num_hidden_layers' is 0. Allowed: 1 … 1000.")]
    [InlineData("""{"num_hidden_layers": "two"}""", "config.json: 'num_hidden_layers' is \"two\", which is not a whole number.")]
    [InlineData("""{"architectures": ["BertForImages"]}""", "*'architectures' is \"BertForImages\"*Supported: BertForMaskedLM*")]
    [InlineData("""{"architectures": ["BertForTokenClassification"], "id2label": {"0": "a", "2": "b"}}""", "*'id2label' has the key '2'*0 … 1*")]
    [InlineData("""{"architectures": ["BertForSequenceClassification"], "problem_type": "regression"}""", "*'problem_type' is \"regression\"*")]
    public void Unsupported_configurations_are_rejected(string config, string message)
    {
        Action read = () => Architecture.Read(new ModelConfiguration((JsonObject)JsonNode.Parse(config)!));

        read.Should().Throw<ModelException>().WithMessage(message);
    }

    [Theory]
    [InlineData("masked-lm", false, "sequence-classification")]
    [InlineData("pre-training", false, "sequence-classification")]
    [InlineData("sequence-classification", true, "token-classification")]
    [InlineData("token-classification", false, "sequence-classification")]
    public void The_head_follows_the_data_if_only_the_folder_sets_one(string ofFolder, bool words, string expected)
    {
        var facts = new ModelFacts(57, new ToyTokenizer().Special, new DataFacts { Labels = ["no", "yes"], LabelsWords = words });
        BertOptions options =
            Models.Resolve(new BertOptions { Head = ofFolder, Labels = BertHeads.HasClasses(ofFolder) ? ["a", "b"] : null });

        BertOptions followed = Architecture.Resolve(options, facts with { SetOptions = new HashSet<string>() });

        followed.Head.Should().Be(expected);
        followed.Labels.Should().Equal("no", "yes");
    }

    [Fact]
    public void A_head_set_in_the_recipe_is_kept()
    {
        var facts = new ModelFacts(57, new ToyTokenizer().Special, new DataFacts { Labels = ["no", "yes"] })
        {
            SetOptions = new HashSet<string>(["head"], StringComparer.OrdinalIgnoreCase),
        };
        BertOptions options = Models.Resolve(new BertOptions { Head = "masked-lm" });

        Architecture.Resolve(options, facts).Head.Should().Be("masked-lm");
        Architecture.Resolve(options, facts with { SetOptions = null }).Head.Should()
            .Be("masked-lm", "without a folder all options are the recipe's");
    }

    [Fact]
    public void The_head_of_the_folder_is_kept_if_the_data_has_no_classes()
    {
        var facts = new ModelFacts(57, new ToyTokenizer().Special, new DataFacts()) { SetOptions = new HashSet<string>() };

        Architecture.Resolve(Models.Resolve(new BertOptions { Head = "pre-training" }), facts).Head.Should().Be("pre-training");
    }

    [Theory]
    [InlineData("BertForMultipleChoice", "classifier.weight")]
    [InlineData("BertForNextSentencePrediction", "cls.seq_relationship.weight")]
    public void Classes_of_other_heads_are_read_without_them(string modelClass, string weight)
    {
        Architecture.Read(new ModelConfiguration(new JsonObject { ["architectures"] = new JsonArray(modelClass) })).Head.Should()
            .Be("masked-lm");
        Architecture.IsHead(Architecture.WeightName(weight)!).Should().BeTrue();
    }

    [Fact]
    public void An_untied_decoder_is_built_and_described()
    {
        BertOptions options = Models.Resolve(new BertOptions { Layers = 1, HiddenSize = 64, TieEmbeddings = false });
        using BertModel model = Architecture.Build(options, new BuildContext(torch.CPU, new Autocast()));

        model.IsTied.Should().BeFalse();
        model.state_dict().Should().ContainKey("cls.predictions.decoder.weight");
        Architecture.Describe(options)["config.json"]["tie_word_embeddings"]!.GetValue<bool>().Should().BeFalse();
    }

    [Fact]
    public void Contradicting_options_are_rejected()
    {
        Refused(new BertOptions { HiddenSize = 100, Heads = 3 }, "*'hiddenSize' is 100, which is not divisible by 3 heads*");
        Refused(new BertOptions { VocabularySize = 5 }, "*'vocabularySize' is 5, but 57 ids are in use*");
        Refused(new BertOptions { MaskTokenShare = 0.9, RandomShare = 0.2 }, "*'maskTokenShare' is 0.9 and 'randomShare' is 0.2*");
        Refused(new BertOptions { Head = "sequence-classification" }, "*needs at least 2 classes, but 'labels' names 0*");
        Refused(new BertOptions { Labels = ["yes", "no"] }, "*but the data has them in a different order*", "no", "yes");
        Action nothing = () => Architecture.Resolve(new BertOptions(), Nothing);
        nothing.Should().Throw<ModelException>().WithMessage("*'vocabularySize' is not set*");
    }

    [Theory]
    [InlineData("bert.embeddings.position_ids", null)]
    [InlineData("cls.predictions.decoder.weight", null)]
    [InlineData("cls.predictions.decoder.bias", null)]
    [InlineData("bert.embeddings.LayerNorm.gamma", "bert.embeddings.LayerNorm.weight")]
    [InlineData("cls.predictions.transform.LayerNorm.beta", "cls.predictions.transform.LayerNorm.bias")]
    [InlineData("encoder.layer.0.output.dense.bias", "bert.encoder.layer.0.output.dense.bias")]
    [InlineData("classifier.weight", "classifier.weight")]
    public void Older_names_are_mapped(string name, string? expected) => Architecture.WeightName(name).Should().Be(expected);

    private static void Refused(BertOptions options, string message, params string[] labels)
    {
        Action resolve = () => Models.Resolve(options, labels);
        resolve.Should().Throw<ModelException>().WithMessage(message);
    }
}
