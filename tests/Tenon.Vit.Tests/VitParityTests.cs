using Tenon.Conformance.Parity;

namespace Tenon.Vit.Tests;

/// <summary>Against transformers' ViTForImageClassification. The tolerance is ten times what float32 itself loses, as the README measured it.</summary>
public class VitParityTests
{
    private const double Noise = 1.5e-6;

    [Fact]
    public void Outputs_and_gradients_equal_the_reference()
    {
        using VitModel model = Models.Golden("vit-tiny");

        ParityReport report = ParityCheck.Run(model, Goldens.Folder("vit-tiny"), 10 * Noise);

        Console.WriteLine($"vit-tiny: outputs {Goldens.Worst(report, ParityKind.Output):g3}, gradients {Goldens.Worst(report, ParityKind.Gradient):g3}");
        report.Rows.Where(row => !row.Ok).Should().BeEmpty();
        report.NotCompared.Should().BeEmpty();
        report.Rows.Count(row => row.Kind == ParityKind.Output).Should().Be(6);
        report.Rows.Count(row => row.Kind == ParityKind.Gradient).Should().Be(40);
        report.Rows.Max(row => row.MaxDifference).Should().BeLessThan(10 * Noise);
    }

    [Fact]
    public void The_loss_of_a_batch_is_the_reference_s()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using VitModel model = Models.Golden("vit-tiny");
        using var batch = new Batch(Goldens.Read("vit-tiny", "inputs.safetensors"), 4, 4);

        Goldens.Difference(model.Loss(batch), Goldens.Read("vit-tiny", "outputs.safetensors")["loss"]).Should().BeLessThan(10 * Noise);
        Goldens.Difference(model.Embed(batch), Goldens.Read("vit-tiny", "outputs.safetensors")["last_hidden_state"].select(1, 0)).Should().BeLessThan(10 * Noise);
    }

    [Fact]
    public void State_names_and_shapes_are_those_of_the_reference()
    {
        using VitModel model = Models.Golden("vit-tiny");

        Goldens.Shapes(model).Should().BeEquivalentTo(Goldens.Shapes("vit-tiny", "model.safetensors"));
    }

    // Torch's bicubic kernel (Keys 1981 with a = -0.75) with half-pixel centres and clamped borders, written out.
    [Theory]
    [InlineData(6, 6)]
    [InlineData(2, 5)]
    public void Positions_are_interpolated_as_torch_defines_it(int rows, int columns)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using VitModel model = Models.Golden("vit-tiny");
        Parameter positions = model.named_parameters().Single(pair => pair.name.EndsWith("position_embeddings", StringComparison.Ordinal)).parameter;
        float[] values = [.. positions.detach().contiguous().data<float>()];
        const int Side = 4;
        const int Size = 64;

        Tensor resized = PositionEmbeddings.Resize(positions.detach(), rows, columns);

        resized.shape.Should().Equal(1, 1 + rows * columns, Size);
        float[] found = [.. resized.contiguous().data<float>()];
        found[..Size].Should().Equal(values[..Size]);
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                for (int e = 0; e < Size; e += 21)
                {
                    double expected = 0;
                    foreach ((int y, double weightY) in Taps(row, rows))
                    {
                        foreach ((int x, double weightX) in Taps(column, columns))
                            expected += weightY * weightX * values[(1 + y * Side + x) * Size + e];
                    }

                    found[(1 + row * columns + column) * Size + e].Should().BeApproximately((float)expected, 1e-5f);
                }
            }
        }

        static IEnumerable<(int, double)> Taps(int at, int count)
        {
            double source = (at + 0.5) * Side / count - 0.5;
            int floor = (int)Math.Floor(source);
            return Enumerable.Range(floor - 1, 4).Select(tap => (Math.Clamp(tap, 0, Side - 1), Kernel(Math.Abs(source - tap))));
        }

        static double Kernel(double t) => t <= 1 ? (1.25 * t - 2.25) * t * t + 1 : ((-0.75 * t + 3.75) * t - 6) * t + 3;
    }

    [Fact]
    public void Images_of_other_sizes_have_interpolated_positions()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using VitModel model = Models.Golden("vit-tiny");
        var inputs = new Dictionary<string, Tensor> { ["pixel_values"] = torch.randn([2, 3, 48, 24]) };

        model.Outputs(inputs, new HashSet<string> { "last_hidden_state" })["last_hidden_state"].shape.Should().Equal(2, 1 + 6 * 3, 64);

        inputs["pixel_values"] = torch.randn([2, 3, 30, 32]);
        Action uneven = () => model.Outputs(inputs, new HashSet<string>());
        uneven.Should().Throw<ModelException>().WithMessage("*'pixel_values' has the shape ?2, 3, 30, 32?*multiples of the patch size 8*");
    }
}
