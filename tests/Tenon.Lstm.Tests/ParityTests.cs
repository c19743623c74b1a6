using System.Globalization;
using System.Text.Json.Nodes;
using Tenon.Conformance.Parity;

namespace Tenon.Lstm.Tests;

/// <summary>
/// Against torch's own LSTM in Python; tests/data/goldens/lstm-tiny/README.md says how the data was made. Tolerances are ten times what
/// float32 itself loses, as the README measured it.
/// </summary>
public class ParityTests
{
    private const string Name = "lstm-tiny";

    [Fact]
    public void Outputs_and_gradients_equal_the_reference()
    {
        using RecurrentModel model = Models.Golden(Name);

        ParityReport report = ParityCheck.Run(model, Goldens.Folder(Name), 10 * Goldens.Noise(Name));

        double gradient = Goldens.Worst(report, ParityKind.Gradient);
        Console.WriteLine($"{Name}: outputs {Goldens.Worst(report, ParityKind.Output):g3}, gradients {gradient:g3}");
        report.Rows.Where(row => !row.Ok).Should().BeEmpty();
        report.NotCompared.Should().Equal("generated_margin");
        report.Rows.Where(row => row.Kind == ParityKind.Output).Select(row => row.Name)
            .Should().BeEquivalentTo(Goldens.Names(Name, "outputs.safetensors").Except(["generated_margin"]));
        report.Rows.Where(row => row.Kind == ParityKind.Gradient).Select(row => row.Name)
            .Should().BeEquivalentTo(Goldens.Names(Name, "grads.safetensors")).And.HaveSameCount(model.parameters());
        double noise = double.Parse(Goldens.Documented(Name, @"gradients (?<value>\d[\d.e+-]*)"), CultureInfo.InvariantCulture);
        gradient.Should().BeLessThan(10 * noise);
    }

    [Fact]
    public void The_loss_of_a_batch_is_the_reference_s()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using RecurrentModel model = Models.Golden(Name);
        Dictionary<string, Tensor> inputs = Goldens.Read(Name, "inputs.safetensors");
        using var batch = new Batch(inputs, inputs["input_ids"].size(0), inputs["labels"].numel());

        Tensor loss = model.Loss(batch);

        Goldens.Difference(loss, Goldens.Read(Name, "outputs.safetensors")["loss"]).Should().BeLessThan(10 * Goldens.Noise(Name));
        loss.backward();
        Dictionary<string, Tensor> gradients = Goldens.Read(Name, "grads.safetensors");
        foreach ((string parameter, Parameter value) in model.named_parameters())
            Goldens.Difference(value.grad!, gradients[parameter]).Should().BeLessThan(10 * Goldens.Noise(Name), parameter);
    }

    [Fact]
    public void State_names_and_shapes_equal_the_reference()
    {
        using RecurrentModel model = Models.Golden(Name);

        Goldens.Shapes(model).Should().BeEquivalentTo(Goldens.Shapes(Name, "model.safetensors"));
    }

    [Fact]
    public void A_configuration_is_written_as_it_was_read()
    {
        var architecture = new LstmArchitecture();
        RecurrentModelOptions options = architecture.Read(Goldens.Configuration(Name));

        ModelConfiguration written = architecture.Describe(options);

        architecture.Read(written).Should().Be(options);
        foreach ((string key, JsonNode? value) in Goldens.Config(Name))
            written["config.json"][key]!.ToJsonString().Should().Be(value!.ToJsonString(), key);
    }
}
