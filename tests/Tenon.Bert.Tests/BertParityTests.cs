using Tenon.Conformance.Parity;

namespace Tenon.Bert.Tests;

/// <summary>Against transformers' BERT classes. Tolerances are ten times what float32 itself loses, as the READMEs measured it.</summary>
public class BertParityTests
{
    private const double MaskedNoise = 9.9e-6;
    private const double ClassesNoise = 1.0e-6;

    [Theory]
    [InlineData("model.safetensors")]
    [InlineData("model_hubstyle.safetensors")]
    public void Masked_language_model_equals_the_reference(string weights)
    {
        using BertModel model = Models.Golden("bert-tiny-mlm", weights);

        ParityReport report = ParityCheck.Run(model, Goldens.Folder("bert-tiny-mlm"), 10 * MaskedNoise);

        Console.WriteLine($"bert-tiny-mlm {weights}: outputs {Goldens.Worst(report, ParityKind.Output):g3}, gradients {Goldens.Worst(report, ParityKind.Gradient):g3}");
        report.Rows.Where(row => !row.Ok).Should().BeEmpty();
        report.NotCompared.Should().BeEmpty();
        report.Rows.Where(row => row.Kind == ParityKind.Output).Select(row => row.Name).Should().Equal(
            "hidden_states.0", "hidden_states.1", "hidden_states.2", "last_hidden_state", "logits", "logits_defaults", "loss");
        report.Rows.Where(row => row.Kind == ParityKind.Output).Max(row => row.MaxDifference).Should().BeLessThan(10 * MaskedNoise);
    }

    [Fact]
    public void Sequence_classification_equals_the_reference()
    {
        using BertModel model = Models.Golden("bert-tiny-seqcls");

        ParityReport report = ParityCheck.Run(model, Goldens.Folder("bert-tiny-seqcls"), 10 * ClassesNoise);

        Console.WriteLine($"bert-tiny-seqcls: outputs {Goldens.Worst(report, ParityKind.Output):g3}, gradients {Goldens.Worst(report, ParityKind.Gradient):g3}");
        report.Rows.Where(row => !row.Ok).Should().BeEmpty();
        report.NotCompared.Should().BeEmpty();
        report.Rows.Select(row => row.Name).Should().Contain("pooler_output").And.Contain("classifier.weight");
        report.Rows.Where(row => row.Kind == ParityKind.Output).Max(row => row.MaxDifference).Should().BeLessThan(10 * ClassesNoise);
    }

    [Fact]
    public void The_loss_of_a_batch_is_the_reference_s()
    {
        foreach (string name in new[] { "bert-tiny-mlm", "bert-tiny-seqcls" })
        {
            using DisposeScope scope = torch.NewDisposeScope();
            using BertModel model = Models.Golden(name);
            using var batch = new Batch(Goldens.Read(name, "inputs.safetensors"), 3, 1);

            Tensor loss = model.Loss(batch);

            Goldens.Difference(loss, Goldens.Read(name, "outputs.safetensors")["loss"]).Should().BeLessThan(10 * ClassesNoise);
            loss.backward();
            Dictionary<string, Tensor> gradients = Goldens.Read(name, "grads.safetensors");
            foreach ((string parameter, Parameter value) in model.named_parameters())
                Goldens.Difference(value.grad!, gradients[parameter]).Should().BeLessThan(1e-5, parameter);
        }
    }

    [Theory]
    [InlineData("bert-tiny-mlm")]
    [InlineData("bert-tiny-seqcls")]
    public void State_names_and_shapes_are_those_of_the_reference(string name)
    {
        using BertModel model = Models.Golden(name);

        Goldens.Shapes(model).Should().BeEquivalentTo(Goldens.Shapes(name, "model.safetensors"));
    }
}
