using System.Text.Json.Nodes;
using Tenon.Gpt;

namespace Tenon.Adapters.Tests;

/// <summary>Sizes in a file of a prompt encoder that its tensors contradict are refused before memory is allocated for them.</summary>
public sealed class SavedEncoderTests
{
    [Theory]
    [InlineData("encoder_hidden_size", 2_000_000_000, "adapter_config.json: 'encoder_hidden_size' is 2000000000, but no tensor*")]
    [InlineData("encoder_num_layers", 2_000_000_000, "adapter_config.json: 'encoder_num_layers' is 2000000000, but the adapter has*")]
    public void Sizes_that_the_tensors_contradict_are_refused(string key, int value, string message)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using GptModel model = Models.GoldenGpt();
        var configuration = new JsonObject
        {
            ["peft_type"] = "P_TUNING",
            ["encoder_reparameterization_type"] = "MLP",
            ["encoder_hidden_size"] = 64,
            [key] = value,
        };
        Dictionary<string, Tensor> weights = new() { ["embedding.weight"] = torch.ones(4, 64) };

        Action open = () => new PTuning.PTuning().Open(configuration, weights, model);

        open.Should().Throw<ModelException>().WithMessage(message);
    }

    [Fact]
    public void Sizes_that_are_not_used_may_be_any()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using GptModel model = Models.GoldenGpt();
        var configuration = new JsonObject
        {
            ["peft_type"] = "PROMPT_TUNING",
            ["encoder_hidden_size"] = 40,
        };
        Dictionary<string, Tensor> weights = new() { ["embedding.weight"] = torch.ones(4, 64) };

        using IAdapter adapter = new PTuning.PTuning().Open(configuration, weights, model);

        adapter.Weights.Should().NotBeEmpty();
    }
}
