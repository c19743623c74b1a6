using System.Runtime.CompilerServices;
using Tenon.Host.Native;

namespace Tenon.Cnn.Tests;

public class CnnModelTests
{
    private static readonly CnnArchitecture Architecture = new();

    // oneDNN's caches, before the first convolution.
    [ModuleInitializer]
    internal static void PrepareTorch() => TorchRuntime.Prepare();

    [Fact]
    public void Learns_classes()
    {
        torch.manual_seed(1);
        using CnnModel model = Build(new CnnOptions { HiddenSizes = [8, 16] }, TestImages.Facts(8, 1), torch.CPU);
        TestImages.ShouldBeLearnedBy(model, TestImages.Many(16), steps: 60);
    }

    // 9·(1·32 + 32² + 32·64 + 64² + 64·128 + 128²) weights, gain and offset of each channel, and the head; on 28, 14 and 7 pixels.
    [Fact]
    public void The_default_has_its_parameters_and_operations()
    {
        using CnnModel model = Build(new CnnOptions(), TestImages.Facts(28, 1, "a", "b", "c"), torch.META);

        model.parameters().Sum(parameter => parameter.numel()).Should()
            .Be(9 * (32 + 1024 + 2048 + 4096 + 8192 + 16384) + 2 * 2 * (32 + 64 + 128) + 3 * 129);
        (model.Cost.ForwardFlop / 2).Should().Be(784 * 9 * (32 + 1024) + 196 * 9 * (2048 + 4096) + 49 * 9 * (8192 + 16384) + 3 * 128);
    }

    [Fact]
    public void Configuration_is_read_back()
    {
        CnnOptions options = Architecture.Resolve(new CnnOptions { HiddenSizes = [8, 16], ConvolutionsPerStage = 3, Dropout = 0.2 },
            TestImages.Facts(16, 3));

        Architecture.Read(Architecture.Describe(options)).Should().BeEquivalentTo(options);
    }

    [Fact]
    public void Too_many_stages_are_rejected()
    {
        Action resolve = () => Architecture.Resolve(new CnnOptions { HiddenSizes = [8, 8, 8, 8] }, TestImages.Facts(8, 1));
        resolve.Should().Throw<ModelException>()
            .WithMessage("*'hiddenSizes' has 4 stages*halves the images of 8×8 pixels. Give 1 to 3 stages.");
    }

    private static CnnModel Build(CnnOptions options, ModelFacts facts, torch.Device device) =>
        Architecture.Build(Architecture.Resolve(options, facts), new BuildContext(device, new Autocast()));
}
