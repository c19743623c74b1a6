using System.Text.Json.Nodes;
using Tenon.Conformance.Parity;

namespace Tenon.EncoderDecoders.Tests;

/// <summary>
/// Against transformers' classes; the README of each folder in tests/data/goldens says how the data was made. Tolerances are ten times
/// what float32 itself loses, as the READMEs measured it.
/// </summary>
public class ParityTests
{
    public static TheoryData<string> Names => Models.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public void Outputs_and_gradients_equal_the_reference(string name)
    {
        using EncoderDecoderModel model = Models.Golden(name);

        ParityReport report = ParityCheck.Run(model, Goldens.Folder(name), 10 * Goldens.Noise(name));

        Console.WriteLine($"{name}: outputs {Goldens.Worst(report, ParityKind.Output):g3}, gradients " +
            $"{Goldens.Worst(report, ParityKind.Gradient):g3}");
        report.Rows.Where(row => !row.Ok).Should().BeEmpty();
        // What depends on a generation's settings is compared in GenerationParityTests.
        report.NotCompared.Should().Equal(Goldens.Names(name, "outputs.safetensors").Where(output =>
            output.StartsWith("generated", StringComparison.Ordinal) || output.StartsWith("beam4", StringComparison.Ordinal)));
        report.Rows.Where(row => row.Kind == ParityKind.Gradient).Select(row => row.Name)
            .Should().BeEquivalentTo(Goldens.Names(name, "grads.safetensors")).And.HaveSameCount(model.parameters());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_loss_of_a_batch_is_the_reference_s(string name)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using EncoderDecoderModel model = Models.Golden(name);
        Dictionary<string, Tensor> inputs = Goldens.Read(name, "inputs.safetensors");
        using var batch = new Batch(inputs, inputs["input_ids"].size(0), inputs["labels"].ne(BatchNames.Ignored).sum().item<long>());

        Tensor loss = model.Loss(batch);

        Goldens.Difference(loss, Goldens.Read(name, "outputs.safetensors")["loss"]).Should().BeLessThan(1e-5);
        loss.backward();
        Dictionary<string, Tensor> gradients = Goldens.Read(name, "grads.safetensors");
        foreach ((string parameter, Parameter value) in model.named_parameters())
        {
            Goldens.Difference(value.grad!, gradients[parameter]).Should()
                .BeLessThan(1e-5 * Math.Max(1, gradients[parameter].abs().max().item<float>()), parameter);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void State_names_and_shapes_equal_the_reference(string name)
    {
        using EncoderDecoderModel model = Models.Golden(name);

        Goldens.Shapes(model).Should().BeEquivalentTo(Goldens.Shapes(name, "model.safetensors"));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_configuration_is_written_as_it_was_read(string name)
    {
        IArchitecture architecture = Models.Architecture(name);
        object options = architecture.Read(Goldens.Configuration(name));

        ModelConfiguration written = architecture.Describe(options);

        architecture.Read(written).Should().Be(options);
        foreach ((string key, JsonNode? value) in Goldens.Config(name))
        {
            if (written["config.json"][key] is { } found)
                JsonNode.DeepEquals(found, value).Should().BeTrue($"'{key}' is {value?.ToJsonString()}");
        }

        foreach (string key in new[] { "eos_token_id", "pad_token_id", "decoder_start_token_id" })
            written["generation_config.json"][key]!.ToJsonString().Should().Be(Goldens.Config(name)[key]!.ToJsonString(), key);
    }
}
