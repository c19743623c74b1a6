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
        using GptModel model = Models.Golden("gpt2-tiny", weights);

        ParityReport report = ParityCheck.Run(model, Goldens.Folder("gpt2-tiny"));

        report.Rows.Where(row => !row.Ok).Should().BeEmpty();
        report.Rows.Where(row => row.Kind == ParityKind.Output).Select(row => row.Name)
            .Should().BeEquivalentTo(Goldens.Names("gpt2-tiny", "outputs.safetensors").Except(["generated_margin"]))
            .And.Contain(["logits", "logits_masked", "loss", "last_hidden_state", "hidden_states.0", "generated"]);
        report.Rows.Where(row => row.Kind == ParityKind.Gradient).Select(row => row.Name)
            .Should().BeEquivalentTo(Goldens.Names("gpt2-tiny", "grads.safetensors")).And.HaveSameCount(model.parameters());
        report.NotCompared.Should().Equal("generated_margin");
        model.parameters().Should().AllSatisfy(parameter => ReferenceEquals(parameter.grad, null).Should().BeTrue());
        Console.WriteLine($"gpt2-tiny {weights}: outputs {Worst(report, ParityKind.Output):g3}, gradients " +
            $"{Worst(report, ParityKind.Gradient):g3}");
    }

    [Fact]
    public void A_wrong_weight_is_found()
    {
        using GptModel model = Models.Golden("gpt2-tiny");
        int last = (int)Goldens.Config("gpt2-tiny")["n_layer"]! - 1;
        using (torch.no_grad())
            model.named_parameters().Single(pair => pair.name == $"transformer.h.{last}.mlp.c_proj.bias").parameter.zero_();

        ParityReport report = ParityCheck.Run(model, Goldens.Folder("gpt2-tiny"));

        report.Ok.Should().BeFalse();
        report.Rows.Single(row => row.Name == $"hidden_states.{last}").Ok.Should().BeTrue();
        report.Rows.Single(row => row.Name == "logits").Ok.Should().BeFalse();
    }

    [Fact]
    public void State_names_equal_the_reference()
    {
        using GptModel model = Models.Golden("gpt2-tiny");
        using SafetensorsFile file = SafetensorsFile.Open(Goldens.File("gpt2-tiny", "model.safetensors"));

        model.state_dict().Keys.Should().BeEquivalentTo(file.Tensors.Keys);
    }

    [Fact]
    public void Virtual_tokens_at_the_input_equal_the_reference()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using GptModel model = Models.Golden("gpt2-tiny");
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
