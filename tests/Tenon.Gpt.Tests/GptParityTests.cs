using Tenon.Conformance.Parity;
using Tenon.Safetensors;

namespace Tenon.Gpt.Tests;

/// <summary>Against transformers' GPT2LMHeadModel; tests/data/goldens/gpt2-tiny/README.md says how the data was made.</summary>
public class GptParityTests
{
    [Theory]
    [InlineData("model.safetensors")]
    [InlineData("model_hubstyle.safetensors")]
    public void Outputs_and_gradients_equal_the_reference(string weights)
    {
        using GptModel model = Goldens.Model("gpt2-tiny", weights);

        ParityReport report = ParityCheck.Run(model, Goldens.Folder("gpt2-tiny"));

        report.Rows.Where(row => !row.Ok).Should().BeEmpty();
        report.Rows.Where(row => row.Kind == ParityKind.Output).Select(row => row.Name).Should().BeEquivalentTo(
            "logits", "loss", "loss_labels_eq_input_ids", "last_hidden_state", "hidden_states.0", "hidden_states.1",
            "hidden_states.2", "logits_masked", "generated");
        report.Rows.Count(row => row.Kind == ParityKind.Gradient).Should().Be(28);
        report.NotCompared.Should().Equal("generated_margin");
        model.parameters().Should().AllSatisfy(parameter => ReferenceEquals(parameter.grad, null).Should().BeTrue());
        Console.WriteLine($"gpt2-tiny {weights}: outputs {Worst(report, ParityKind.Output):g3}, gradients {Worst(report, ParityKind.Gradient):g3}");
    }

    [Fact]
    public void A_wrong_weight_is_found()
    {
        using GptModel model = Goldens.Model("gpt2-tiny");
        using (torch.no_grad())
            model.named_parameters().Single(pair => pair.name == "transformer.h.1.mlp.c_proj.bias").parameter.zero_();

        ParityReport report = ParityCheck.Run(model, Goldens.Folder("gpt2-tiny"));

        report.Ok.Should().BeFalse();
        report.Rows.Single(row => row.Name == "hidden_states.1").Ok.Should().BeTrue();
        report.Rows.Single(row => row.Name == "logits").Ok.Should().BeFalse();
    }

    [Fact]
    public void State_names_are_those_of_the_reference()
    {
        using GptModel model = Goldens.Model("gpt2-tiny");
        using SafetensorsFile file = SafetensorsFile.Open(Goldens.File("gpt2-tiny", "model.safetensors"));

        model.state_dict().Keys.Should().BeEquivalentTo(file.Tensors.Keys);
    }

    [Fact]
    public void Virtual_tokens_at_the_input_equal_the_reference()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using GptModel model = Goldens.Model("gpt2-tiny");
        Dictionary<string, Tensor> inputs = Goldens.Read("ptuning-mlp", "inputs.safetensors");
        Dictionary<string, Tensor> expected = Goldens.Read("ptuning-mlp", "outputs.safetensors");
        model.Prompt = new Prompt(Embeddings: expected["prompt_embeds"][0]);

        IReadOnlyDictionary<string, Tensor> outputs = model.Outputs(inputs, new HashSet<string> { "logits", "loss" });

        Goldens.Difference(outputs["logits"], expected["logits"]).Should().BeLessThan(1e-4);
        Goldens.Difference(outputs["loss"], expected["loss"]).Should().BeLessThan(1e-4);
        Console.WriteLine($"ptuning-mlp: logits {Goldens.Difference(outputs["logits"], expected["logits"]):g3}");
    }

    private static double Worst(ParityReport report, ParityKind kind) =>
        report.Rows.Where(row => row.Kind == kind).Max(row => row.MaxDifference / Math.Max(1, row.MaxReference));
}
