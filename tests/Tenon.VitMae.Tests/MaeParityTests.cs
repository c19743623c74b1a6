using Tenon.Conformance.Parity;

namespace Tenon.VitMae.Tests;

/// <summary>
/// Against transformers' ViTMAEForPreTraining on given noise. The tolerance is ten times what float32 itself loses, as the folder's
/// README measured it.
/// </summary>
public class MaeParityTests
{
    private const string Name = "vit_mae-tiny";
    private const string NormalizedLoss = "loss_other_norm_pix";
    private static readonly double _tolerance = 10 * Goldens.Noise(Name);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Outputs_and_gradients_equal_the_reference(bool checkpointing)
    {
        using MaeModel model = Models.Golden(Name, options => options with { ActivationCheckpointing = checkpointing });

        ParityReport report = ParityCheck.Run(model, Goldens.Folder(Name), _tolerance);

        Console.WriteLine($"{Name}: outputs {Goldens.Worst(report, ParityKind.Output):g3}, gradients " +
            $"{Goldens.Worst(report, ParityKind.Gradient):g3}");
        report.Rows.Where(row => !row.Ok).Should().BeEmpty();
        report.NotCompared.Should().Equal(NormalizedLoss); // below
        report.Rows.Count(row => row.Kind == ParityKind.Gradient).Should().Be(Goldens.Names(Name, "grads.safetensors").Count);
    }

    [Fact]
    public void The_loss_of_normalized_pixels_equals_the_reference()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using MaeModel model = Models.Golden(Name, options => options with { NormPixLoss = true });

        Tensor loss = model.Outputs(Goldens.Read(Name, "inputs.safetensors"), new HashSet<string> { "loss" })["loss"];

        Goldens.Difference(loss, Goldens.Read(Name, "outputs.safetensors")[NormalizedLoss]).Should().BeLessThan(_tolerance);
    }

    [Fact]
    public void State_names_and_shapes_equal_the_reference()
    {
        using MaeModel model = Models.Golden(Name);

        Goldens.Shapes(model).Should().BeEquivalentTo(Goldens.Shapes(Name, "model.safetensors"));
    }

    // The decoder's table is the same function; the reference file has zeros for it, as transformers initializes it.
    [Fact]
    public void Positions_equal_the_reference()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor reference = Goldens.Read(Name, "model.safetensors")["vit.embeddings.position_embeddings"];

        Tensor computed = FixedPositions.Create(4, (int)reference.size(2), torch.CPU);

        Goldens.Difference(computed, reference).Should().BeLessThan(1e-7);
    }
}
