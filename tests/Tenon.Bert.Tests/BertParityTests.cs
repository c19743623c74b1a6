using Tenon.Conformance.Parity;

namespace Tenon.Bert.Tests;

/// <summary>Against transformers' BERT classes. Tolerances are ten times what float32 itself loses, as the READMEs measured it.</summary>
public class BertParityTests
{
    [Theory]
    [InlineData("model.safetensors")]
    [InlineData("model_hubstyle.safetensors")]
    public void Masked_language_model_equals_the_reference(string weights)
    {
        using BertModel model = Models.Golden("bert-tiny-mlm", weights);

        ParityReport report = EqualsTheReference("bert-tiny-mlm", model);

        report.Rows.Select(row => row.Name).Should().Contain("logits").And.Contain("logits_defaults").And.Contain("loss");
    }

    [Fact]
    public void Sequence_classification_equals_the_reference()
    {
        using BertModel model = Models.Golden("bert-tiny-seqcls");

        ParityReport report = EqualsTheReference("bert-tiny-seqcls", model);

        report.Rows.Select(row => row.Name).Should().Contain("pooler_output").And.Contain("classifier.weight");
    }

    [Theory]
    [InlineData("bert-tiny-mlm")]
    [InlineData("bert-tiny-seqcls")]
    public void The_loss_of_a_batch_is_the_reference_s(string name)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using BertModel model = Models.Golden(name);
        Dictionary<string, Tensor> inputs = Goldens.Read(name, "inputs.safetensors");
        int examples = (int)inputs["input_ids"].size(0);
        using var batch = new Batch(inputs, examples, (int)inputs["labels"].ne(BatchNames.Ignored).sum().item<long>());

        Tensor loss = model.Loss(batch);

        Goldens.Difference(loss, Goldens.Read(name, "outputs.safetensors")["loss"]).Should().BeLessThan(1e-5);
        loss.backward();
        Dictionary<string, Tensor> gradients = Goldens.Read(name, "grads.safetensors");
        foreach ((string parameter, Parameter value) in model.named_parameters())
            Goldens.Difference(value.grad!, gradients[parameter]).Should()
                .BeLessThan(1e-5 * Math.Max(1, Largest(gradients[parameter])), parameter);
    }

    [Theory]
    [InlineData("bert-tiny-mlm")]
    [InlineData("bert-tiny-seqcls")]
    public void State_names_and_shapes_equal_the_reference(string name)
    {
        using BertModel model = Models.Golden(name);

        Goldens.Shapes(model).Should().BeEquivalentTo(Goldens.Shapes(name, "model.safetensors"));
    }

    private static ParityReport EqualsTheReference(string name, BertModel model)
    {
        double tolerance = 10 * Goldens.Noise(name);
        ParityReport report = ParityCheck.Run(model, Goldens.Folder(name), tolerance);
        Console.WriteLine($"{name}: outputs {Goldens.Worst(report, ParityKind.Output):g3}, gradients " +
            $"{Goldens.Worst(report, ParityKind.Gradient):g3}");
        report.Rows.Where(row => !row.Ok).Should().BeEmpty();
        report.NotCompared.Should().BeEmpty();
        report.Rows.Where(row => row.Kind == ParityKind.Output).Select(row => row.Name).Should()
            .Equal(Goldens.Names(name, "outputs.safetensors"));
        report.Rows.Where(row => row.Kind == ParityKind.Output).Max(row => row.MaxDifference).Should().BeLessThan(tolerance);
        return report;
    }

    private static double Largest(Tensor tensor) => tensor.abs().max().item<float>();
}
