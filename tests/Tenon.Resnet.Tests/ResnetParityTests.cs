using Tenon.Conformance.Parity;

namespace Tenon.Resnet.Tests;

/// <summary>
/// Against transformers' ResNetForImageClassification, in eval and in training mode. The tolerance is ten times what float32 itself
/// loses, as the folder's README measured it.
/// </summary>
public class ResnetParityTests
{
    private const string Name = "resnet-tiny";
    private const string Buffer = "buffers_train.";
    private static readonly double _tolerance = 10 * Goldens.Noise(Name);

    [Fact]
    public void Outputs_and_gradients_equal_the_reference()
    {
        using ResnetModel model = Models.Golden(Name);

        ParityReport report = ParityCheck.Run(model, Goldens.Folder(Name), _tolerance);

        Console.WriteLine($"{Name}: outputs {Goldens.Worst(report, ParityKind.Output):g3}, gradients " +
            $"{Goldens.Worst(report, ParityKind.Gradient):g3}");
        report.Rows.Where(row => !row.Ok).Should().BeEmpty();
        report.NotCompared.Should().OnlyContain(name => name.Contains("_train", StringComparison.Ordinal)); // below
        report.Rows.Count(row => row.Kind == ParityKind.Gradient).Should().Be(Goldens.Names(Name, "grads.safetensors").Count);
    }

    [Fact]
    public void Training_mode_equals_the_reference()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using ResnetModel model = Models.Golden(Name);
        Dictionary<string, Tensor> inputs = Goldens.Read(Name, "inputs.safetensors");
        Dictionary<string, Tensor> outputs = Goldens.Read(Name, "outputs.safetensors");
        Dictionary<string, Tensor> gradients = Goldens.Read(Name, "grads_train.safetensors");
        model.train();

        IReadOnlyDictionary<string, Tensor> found = model.Outputs(inputs, new HashSet<string> { "logits", "loss" });
        found["loss"].backward();

        Share(found["logits"], outputs["logits_train"]).Should().BeLessThan(_tolerance);
        Share(found["loss"], outputs["loss_train"]).Should().BeLessThan(_tolerance);
        var parameters = model.named_parameters().ToDictionary(pair => pair.name, pair => pair.parameter);
        parameters.Keys.Should().BeEquivalentTo(gradients.Keys);
        foreach ((string name, Tensor gradient) in gradients)
            Share(parameters[name].grad!, gradient).Should().BeLessThan(_tolerance, name);
        var buffers = model.named_buffers().ToDictionary(pair => pair.name, pair => pair.buffer);
        buffers.Keys.Should().BeEquivalentTo(outputs.Keys.Where(IsBuffer).Select(name => name[Buffer.Length..]));
        foreach ((string name, Tensor buffer) in buffers)
            Share(buffer, outputs[Buffer + name]).Should().BeLessThan(_tolerance, name);

        static bool IsBuffer(string name) => name.StartsWith(Buffer, StringComparison.Ordinal);
    }

    [Fact]
    public void Frozen_norms_use_the_running_statistics_in_training_and_leave_them()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using ResnetModel model = Models.Golden(Name);
        using ResnetModel frozen = Models.Architecture.Build(
            Models.Architecture.Resolve(Models.Architecture.Read(Goldens.Configuration(Name)) with { FrozenNorms = true },
                TestImages.Nothing),
            new BuildContext(torch.CPU, new Autocast()));
        Goldens.Fill(frozen, Models.Architecture.WeightName, Goldens.File(Name, "model.safetensors"));
        frozen.train();
        Dictionary<string, Tensor> inputs = Goldens.Read(Name, "inputs.safetensors");
        var logits = new HashSet<string> { "logits" };

        Goldens.Difference(frozen.Outputs(inputs, logits)["logits"], model.Outputs(inputs, logits)["logits"]).Should().Be(0);
        foreach (((string name, Tensor left), (_, Tensor right)) in frozen.named_buffers().Zip(model.named_buffers()))
            Goldens.Difference(left, right).Should().Be(0, name);
        (frozen.UsesBatchStatistics, model.UsesBatchStatistics).Should().Be((false, true));
    }

    [Fact]
    public void State_names_and_shapes_equal_the_reference()
    {
        using ResnetModel model = Models.Golden(Name);

        Goldens.Shapes(model).Should().BeEquivalentTo(Goldens.Shapes(Name, "model.safetensors"));
    }

    // As a share of the reference's largest value or of 1, as in ParityCheck.
    private static double Share(Tensor found, Tensor reference) =>
        Goldens.Difference(found, reference) / Math.Max(1, reference.abs().max().to(torch.ScalarType.Float64).item<double>());
}
