namespace Tenon.Diffusion.Tests;

/// <summary>Gradients in bfloat16 against float32, while the memory that kernels allocate is full of NaN.</summary>
public sealed class PrecisionTests : IDisposable
{
    private const double Rounding = 0.08;
    private const double Negligible = 1e-3;
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData("tiny", 8, 1, 4)]
    [InlineData("tiny", 16, 1, 4)]
    [InlineData("small", 28, 1, 2)]
    [InlineData("small", 32, 3, 2)]
    [InlineData("cifar10", 32, 3, 1)]
    public void Gradients_in_bfloat16_are_those_in_float32_up_to_rounding(string preset, int pixels, int channels, int images)
    {
        DiffusionOptions options =
            Models.Resolve(new() { Preset = preset, Height = pixels, Width = pixels, Channels = channels, Dropout = 0 });

        Dictionary<string, Tensor> exact = Gradients(options, torch.ScalarType.Float32, images);
        Dictionary<string, Tensor> found = Gradients(options, torch.ScalarType.BFloat16, images);
        Dictionary<string, Tensor> again = Gradients(options, torch.ScalarType.BFloat16, images);

        double largest = exact.Values.Max(Norm);
        foreach ((string name, Tensor gradient) in exact)
        {
            // The gradient of a key's bias is zero, and rounding noise in both precisions.
            double size = Math.Max(Norm(gradient), Negligible * largest);
            Finite(Norm(found[name] - gradient)).Should().BeLessThan(Rounding * size, name);
            again[name].eq(found[name]).all().item<bool>().Should().BeTrue($"{name} is the same number in each run");
        }
    }

    private static double Norm(Tensor tensor) => tensor.norm().item<float>();

    private static double Finite(double number) => double.IsNaN(number) ? double.PositiveInfinity : number;

    private static Dictionary<string, Tensor> Gradients(DiffusionOptions options, torch.ScalarType type, int images)
    {
        torch.manual_seed(1);
        using DiffusionModel model = Models.Architecture.Build(options, new BuildContext(torch.CPU, new Autocast { Type = type }));
        (int channels, int height, int width) = model.SampleSize;
        using Batch batch = new(new Dictionary<string, Tensor>
        {
            [BatchNames.PixelValues] =
            torch.rand(images, channels, height, width) * 2 - 1
        }, images, images);
        PoisonedMemory.Leave();
        using Tensor loss = model.Loss(batch);
        PoisonedMemory.Leave();
        loss.backward();
        return model.Module.named_parameters().ToDictionary(parameter => parameter.name, parameter => parameter.parameter.grad!.clone());
    }
}
