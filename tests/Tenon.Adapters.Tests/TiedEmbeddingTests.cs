using Tenon.Bert;
using Tenon.Gpt;
using Tenon.Layers;
using Tenon.Lora;

namespace Tenon.Adapters.Tests;

/// <summary>Adapters over models whose output map is the token embedding.</summary>
public class TiedEmbeddingTests
{
    [Theory]
    [InlineData("wte", "transformer.wte.weight")]
    [InlineData("lm_head", "lm_head.weight")]
    public void A_module_that_is_trained_in_full_is_separated_from_the_other(string module, string trained)
    {
        using GptModel model = Models.GoldenGpt();

        PeftAdapter.Validate(model, [module], "modulesToSave").Should().BeEmpty();
        model.IsTied.Should().BeTrue("validation changes nothing");
        IReadOnlyDictionary<string, Parameter> saved = PeftAdapter.Freeze(model, [module]);

        saved.Keys.Should().Equal(trained);
        model.IsTied.Should().BeFalse();
        model.named_parameters().Where(p => p.parameter.requires_grad).Select(p => p.name).Should().Equal(trained);
        Models.Values(model)["lm_head.weight"].Should().Equal(Models.Values(model)["transformer.wte.weight"]);
    }

    [Fact]
    public void The_decoder_of_a_masked_language_model_is_separated_too()
    {
        using BertModel model = MaskedLanguageModel();

        PeftAdapter.Freeze(model, ["word_embeddings"]).Keys.Should().Equal("bert.embeddings.word_embeddings.weight");

        model.IsTied.Should().BeFalse();
        model.state_dict().Should().ContainKey("cls.predictions.decoder.weight");
    }

    [Fact]
    public void Separating_changes_no_output()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using GptModel gpt = Models.GoldenGpt();
        using BertModel bert = MaskedLanguageModel();
        foreach ((IModel model, string golden) in new (IModel, string)[] { (gpt, "gpt2-tiny"), (bert, "bert-tiny-seqcls") })
        {
            Dictionary<string, Tensor> inputs = Goldens.Read(golden, "inputs.safetensors");
            inputs.Remove("labels");
            inputs["labels"] = inputs["input_ids"];
            var wanted = new HashSet<string> { "logits", "loss" };
            IReadOnlyDictionary<string, Tensor> before = model.Outputs(inputs, wanted);

            ((ITiesEmbeddings)model).Untie();

            IReadOnlyDictionary<string, Tensor> after = model.Outputs(inputs, wanted);
            Goldens.Difference(after["logits"], before["logits"]).Should().BeLessThan(1e-5);
            Goldens.Difference(after["loss"], before["loss"]).Should().BeLessThan(1e-5);
        }
    }

    [Fact]
    public void A_saved_embedding_stays_the_output_map_where_peft_ties_it()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using GptModel apart = Models.GoldenGpt(), tied = Models.GoldenGpt();
        var configuration = Goldens.Config("peft-lora-wte", "adapter_config.json");
        Dictionary<string, Tensor> weights = Goldens.Read("peft-lora-wte", "adapter_model.safetensors");

        using LoraAdapter first = SavedLora.Open(configuration, weights, apart);
        configuration["ensure_weight_tying"] = true;
        using LoraAdapter second = SavedLora.Open(configuration, weights, tied);

        apart.IsTied.Should().BeFalse();
        tied.IsTied.Should().BeTrue();
        first.Weights.Keys.Should().BeEquivalentTo(weights.Keys);
    }

    [Fact]
    public void An_update_of_the_output_map_leaves_the_embedding()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using GptModel model = Models.GoldenGpt();
        Dictionary<string, Tensor> weights = new()
        {
            ["base_model.model.lm_head.lora_A.weight"] = torch.ones(4, 64),
            ["base_model.model.lm_head.lora_B.weight"] = torch.ones(256, 4),
        };
        float[] embedding = Models.Values(model)["transformer.wte.weight"];

        using LoraAdapter adapter = SavedLora.Open(Goldens.Config("lora-gpt2", "adapter_config.json"), weights, model);
        adapter.Merge();

        Models.Values(model)["transformer.wte.weight"].Should().Equal(embedding);
        Models.Values(model)["lm_head.weight"].Should().NotEqual(embedding);
    }

    [Fact]
    public void A_training_run_saves_only_the_named_module()
    {
        using var run = new AdapterRun();
        using GptModel model = Models.GoldenGpt();
        float[] before = Models.Values(model)["transformer.wte.weight"];

        run.Train(new Lora.Lora(), new LoraOptions { Rank = 2, TargetModules = ["c_attn"], ModulesToSave = ["wte"] }, (IModel)model);

        Models.Values(model)["transformer.wte.weight"].Should().NotEqual(before);
        Models.Values(model)["lm_head.weight"].Should().Equal(before);
    }

    private static BertModel MaskedLanguageModel()
    {
        torch.manual_seed(1);
        var architecture = new BertArchitecture();
        BertOptions options =
            architecture.Read(Goldens.Configuration("bert-tiny-seqcls")) with { Head = "masked-lm", Labels = null, MaskToken = 4 };
        BertModel model = architecture.Build(options, new BuildContext(torch.CPU, new Autocast()));
        model.eval();
        return model;
    }
}
