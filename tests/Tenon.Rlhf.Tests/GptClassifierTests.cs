using System.Text.Json.Nodes;
using Tenon.Conformance.Parity;
using Tenon.Gpt;
using Tenon.Safetensors;

namespace Tenon.Rlhf.Tests;

/// <summary>Against transformers' GPT2ForSequenceClassification; the README beside the data says how it was made.</summary>
public class GptClassifierTests
{
    private const string Golden = "gpt2-reward-tiny";

    [Fact]
    public void Rewards_and_gradients_equal_the_reference()
    {
        using GptClassifier model = Open();

        // Ten times the reference's own noise between float32 and float64.
        ParityReport report = ParityCheck.Run(model, Goldens.Folder(Golden), 10 * Goldens.Noise(Golden));

        report.Rows.Where(row => !row.Ok).Should().BeEmpty();
        report.NotCompared.Should().BeEmpty();
        report.Rows.Where(row => row.Kind == ParityKind.Output).Select(row => row.Name).Should()
            .BeEquivalentTo("loss", "rewards_chosen", "rewards_rejected");
        report.Rows.Where(row => row.Kind == ParityKind.Gradient).Select(row => row.Name).Should()
            .BeEquivalentTo(Goldens.Names(Golden, "grads.safetensors")).And.HaveSameCount(model.parameters());
    }

    [Fact]
    public void Names_and_configuration_equal_the_reference()
    {
        using GptClassifier model = Open();
        using SafetensorsFile file = SafetensorsFile.Open(Goldens.File(Golden, "model.safetensors"));
        model.state_dict().Keys.Should().BeEquivalentTo(file.Tensors.Keys);

        var architecture = new GptClassifierArchitecture();
        GptClassifierOptions options = architecture.Read(Goldens.Configuration(Golden));
        JsonObject described =
            architecture.Describe(architecture.Resolve(options, new ModelFacts(null, new SpecialTokens(), new DataFacts())))["config.json"];
        JsonObject expected = Goldens.Configuration(Golden)["config.json"];
        foreach (string key in new[] { "architectures", "model_type", "pad_token_id", "id2label", "n_embd", "n_layer", "vocab_size",
            "eos_token_id" })
            JsonNode.DeepEquals(described[key], expected[key]).Should().BeTrue(key);
    }

    [Fact]
    public void A_folder_without_a_padding_token_opens()
    {
        JsonObject config = Goldens.Config(Golden);
        config["pad_token_id"] = null;
        config["eos_token_id"] = 5;

        new GptClassifierArchitecture().Read(new ModelConfiguration(config)).PadToken.Should().Be(5);
    }

    [Fact]
    public void Padding_does_not_change_a_reward()
    {
        using GptClassifier model = RlhfRun.RewardModel();
        using var untracked = torch.no_grad();
        var context = new CollateContext(new SeededRandom(1), false, RlhfRun.Tokenizer);

        using Batch both = model.Collate([new TextOutcome("ab", "cd", true), new TextOutcome("a longer prompt", " and answer", true)],
            context);
        using Batch alone = model.Collate([new TextOutcome("ab", "cd", true)], context);
        using Tensor together = model.Rewards(both);
        using Tensor single = model.Rewards(alone);

        together[0].item<float>().Should().BeApproximately(single[0].item<float>(), 1e-6f);
        together.shape.Should().Equal(2);
    }

    [Fact]
    public void Preferences_put_the_chosen_response_first_and_keep_their_margins()
    {
        using GptClassifier model = RlhfRun.RewardModel();
        var context = new CollateContext(new SeededRandom(1), true, RlhfRun.Tokenizer);

        using Batch batch = model.Collate([new PreferenceExample("p", "ab", "c", 2), new PreferenceExample("p", "d", "e")], context);

        batch["input_ids"].shape.Should().Equal(4, 3);
        batch["attention_mask"].sum(1L).data<long>().ToArray().Should().Equal(3, 2, 2, 2);
        batch[BatchNames.Margins].data<float>().ToArray().Should().Equal(2, 0);
        (batch.Examples, batch.Targets).Should().Be((2, 2));
        using Tensor loss = model.Loss(batch);
        loss.item<float>().Should().BePositive();
    }

    [Fact]
    public void Labelled_texts_are_classes()
    {
        var architecture = new GptClassifierArchitecture();
        GptClassifierOptions options = architecture.Resolve(new GptClassifierOptions
        {
            Layers = 1,
            HiddenSize = 16,
            Heads = 2,
            ContextLength = 8
        }, RlhfRun.Facts("bad", "good"));
        using GptClassifier model = architecture.Build(options, new BuildContext(torch.CPU, new Autocast()));

        using Batch batch = model.Collate([new LabelledTextExample("a text that is too long", 1), new LabelledTextExample("", 0)],
            new CollateContext(new SeededRandom(1), true, RlhfRun.Tokenizer));

        batch["input_ids"].shape.Should().Equal(2, 8);
        using Tensor logits = model.ClassLogits(batch);
        logits.shape.Should().Equal(2, 2);
        using Tensor loss = model.Loss(batch);
        float.IsFinite(loss.item<float>()).Should().BeTrue();
        model.Invoking(m => m.Rewards(batch)).Should().Throw<ModelException>().WithMessage("*has 2 classes (bad, good)*");
    }

    private static GptClassifier Open()
    {
        var architecture = new GptClassifierArchitecture();
        GptClassifierOptions options = architecture.Read(Goldens.Configuration(Golden));
        GptClassifier model = architecture.Build(architecture.Resolve(options, new ModelFacts(null, new SpecialTokens(), new DataFacts())),
            new BuildContext(torch.CPU, new Autocast()));
        Goldens.Fill(model, architecture.WeightName, Goldens.File(Golden, "model.safetensors")).Should().BeEmpty();
        return model;
    }
}
