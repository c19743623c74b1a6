using Tenon.Conformance.Parity;

namespace Tenon.Vit.Tests;

/// <summary>
/// Against transformers' ViTForImageClassification. The tolerance is ten times what float32 itself loses, as the folder's
/// README measured it; sizes and names are the folder's too.
/// </summary>
public class VitParityTests
{
    private const string Name = "vit-tiny";
    private static readonly double _tolerance = 10 * Goldens.Noise(Name);

    [Fact]
    public void Outputs_and_gradients_equal_the_reference()
    {
        using VitModel model = Models.Golden(Name);

        ParityReport report = ParityCheck.Run(model, Goldens.Folder(Name), _tolerance);

        Console.WriteLine($"{Name}: outputs {Goldens.Worst(report, ParityKind.Output):g3}, gradients " +
            $"{Goldens.Worst(report, ParityKind.Gradient):g3}");
        report.Rows.Where(row => !row.Ok).Should().BeEmpty();
        report.NotCompared.Should().BeEmpty();
        Compared(ParityKind.Output).Should().Equal(Goldens.Names(Name, "outputs.safetensors"));
        Compared(ParityKind.Gradient).Should().BeEquivalentTo(Goldens.Names(Name, "grads.safetensors"));
        report.Rows.Max(row => row.MaxDifference).Should().BeLessThan(_tolerance);

        IEnumerable<string> Compared(ParityKind kind) => report.Rows.Where(row => row.Kind == kind).Select(row => row.Name);
    }

    [Fact]
    public void The_loss_of_a_batch_is_the_reference_s()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using VitModel model = Models.Golden(Name);
        Dictionary<string, Tensor> inputs = Goldens.Read(Name, "inputs.safetensors");
        Dictionary<string, Tensor> outputs = Goldens.Read(Name, "outputs.safetensors");
        int images = (int)inputs["pixel_values"].size(0);
        using var batch = new Batch(inputs, images, images);

        Goldens.Difference(model.Loss(batch), outputs["loss"]).Should().BeLessThan(_tolerance);
        Goldens.Difference(model.Embed(batch), outputs["last_hidden_state"].select(1, 0)).Should().BeLessThan(_tolerance);
    }

    [Fact]
    public void State_names_and_shapes_equal_the_reference()
    {
        using VitModel model = Models.Golden(Name);

        Goldens.Shapes(model).Should().BeEquivalentTo(Goldens.Shapes(Name, "model.safetensors"));
    }

    // Torch's bicubic kernel (Keys 1981 with a = -0.75) with half-pixel centers and clamped borders, written out.
    [Theory]
    [InlineData(6, 6)]
    [InlineData(2, 5)]
    public void Positions_are_interpolated_as_torch_defines_it(int rows, int columns)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using VitModel model = Models.Golden(Name);
        Parameter positions = model.named_parameters().Single(pair => pair.name.EndsWith("position_embeddings", StringComparison.Ordinal))
            .parameter;
        float[] values = [.. positions.detach().contiguous().data<float>()];
        int size = (int)positions.size(2);
        int side = (int)Math.Sqrt(positions.size(1) - 1);

        Tensor resized = PositionEmbeddings.Resize(positions.detach(), rows, columns);

        resized.shape.Should().Equal(1, 1 + rows * columns, size);
        float[] found = [.. resized.contiguous().data<float>()];
        found[..size].Should().Equal(values[..size]);
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                for (int e = 0; e < size; e += 21)
                {
                    double expected = 0;
                    foreach ((int y, double weightY) in Taps(row, rows))
                    {
                        foreach ((int x, double weightX) in Taps(column, columns))
                            expected += weightY * weightX * values[(1 + y * side + x) * size + e];
                    }

                    found[(1 + row * columns + column) * size + e].Should().BeApproximately((float)expected, 1e-5f);
                }
            }
        }

        IEnumerable<(int, double)> Taps(int at, int count)
        {
            double source = (at + 0.5) * side / count - 0.5;
            int floor = (int)Math.Floor(source);
            return Enumerable.Range(floor - 1, 4).Select(tap => (Math.Clamp(tap, 0, side - 1), Kernel(Math.Abs(source - tap))));
        }

        static double Kernel(double t) => t <= 1 ? (1.25 * t - 2.25) * t * t + 1 : ((-0.75 * t + 3.75) * t - 6) * t + 3;
    }

    [Fact]
    public void Images_of_other_sizes_have_interpolated_positions()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using VitModel model = Models.Golden(Name);
        int patch = Models.Architecture.Read(Goldens.Configuration(Name)).PatchSize!.Value;
        int channels = model.ImageSize.Channels;
        var inputs = new Dictionary<string, Tensor> { ["pixel_values"] = torch.randn([2, channels, 6 * patch, 3 * patch]) };

        model.Outputs(inputs, new HashSet<string> { "last_hidden_state" })["last_hidden_state"].shape.Should()
            .Equal(2, 1 + 6 * 3, model.EmbeddingSize);

        inputs["pixel_values"] = torch.randn([2, channels, 4 * patch - 1, 4 * patch]);
        Action uneven = () => model.Outputs(inputs, new HashSet<string>());
        uneven.Should().Throw<ModelException>().WithMessage(
            $"*'pixel_values' has the shape ?2, {channels}, {4 * patch - 1}, {4 * patch}?*multiples of the patch size {patch}*");
    }
}
