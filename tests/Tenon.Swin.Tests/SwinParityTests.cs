using Tenon.Conformance.Parity;

namespace Tenon.Swin.Tests;

/// <summary>
/// Against transformers' SwinForImageClassification. The tolerance is ten times what float32 itself loses, as the folder's README
/// measured it.
/// </summary>
public class SwinParityTests
{
    private const string Name = "swin-tiny";
    private static readonly double _tolerance = 10 * Goldens.Noise(Name);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Outputs_and_gradients_equal_the_reference(bool checkpointing)
    {
        using SwinModel model = Models.Golden(Name, options => options with { ActivationCheckpointing = checkpointing });

        ParityReport report = ParityCheck.Run(model, Goldens.Folder(Name), _tolerance);

        Console.WriteLine($"{Name}: outputs {Goldens.Worst(report, ParityKind.Output):g3}, gradients " +
            $"{Goldens.Worst(report, ParityKind.Gradient):g3}");
        report.Rows.Where(row => !row.Ok).Should().BeEmpty();
        report.NotCompared.Should().BeEmpty();
        report.Rows.Count(row => row.Kind == ParityKind.Output).Should().Be(Goldens.Names(Name, "outputs.safetensors").Count);
        report.Rows.Count(row => row.Kind == ParityKind.Gradient).Should().Be(Goldens.Names(Name, "grads.safetensors").Count);
    }

    [Fact]
    public void State_names_shapes_and_constants_equal_the_reference()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using SwinModel model = Models.Fresh(Name);
        Goldens.Shapes(model).Should().BeEquivalentTo(Goldens.Shapes(Name, "model.safetensors"));

        Dictionary<string, Tensor> reference = Goldens.Read(Name, "model.safetensors");
        var buffers = model.named_buffers().ToList();
        buffers.Should().NotBeEmpty();
        foreach ((string name, Tensor buffer) in buffers)
            Goldens.Difference(buffer, reference[name]).Should().Be(0, name);
    }

    // The README of the reference: without the shift the logits change by 0.219, and with the shift but without its mask by 0.107.
    [Fact]
    public void The_shift_and_its_mask_change_the_logits()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using SwinModel model = Models.Golden(Name);
        Tensor reference = Goldens.Read(Name, "outputs.safetensors")["logits"];

        With(windows => windows).Should().BeLessThan(_tolerance);
        With(windows => windows with { Shift = 0 }).Should().BeApproximately(0.219, 0.0005);
        With(windows => windows with { IsMasked = false }).Should().BeApproximately(0.107, 0.0005);

        double With(Func<Windows, Windows> shifted)
        {
            model.Encoder.Shifted = shifted;
            return Goldens.Difference(model.Outputs(Goldens.Read(Name, "inputs.safetensors"), new HashSet<string> { "logits" })["logits"],
                reference);
        }
    }
}
