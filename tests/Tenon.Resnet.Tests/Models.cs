using System.Runtime.CompilerServices;
using Tenon.Host.Native;

namespace Tenon.Resnet.Tests;

internal static class Models
{
    public static readonly ResnetArchitecture Architecture = new();

    // oneDNN's caches, before the first convolution.
    [ModuleInitializer]
    internal static void PrepareTorch() => TorchRuntime.Prepare();

    /// <summary>A model with reference weights, in eval mode.</summary>
    public static ResnetModel Golden(string name)
    {
        ResnetModel model = Build(Architecture.Resolve(Architecture.Read(Goldens.Configuration(name)), TestImages.Nothing));
        Goldens.Fill(model, Architecture.WeightName, Goldens.File(name, "model.safetensors")).Should().BeEmpty();
        model.eval();
        return model;
    }

    /// <summary>A fresh tiny model for gray images of 8 × 8, always the same.</summary>
    public static ResnetModel Tiny(Func<ResnetOptions, ResnetOptions>? change = null)
    {
        torch.manual_seed(1);
        var options = new ResnetOptions
        {
            EmbeddingSize = 8,
            HiddenSizes = [16, 32],
            Depths = [1, 2],
            LayerType = ResidualLayer.Bottleneck
        };
        return Build(Architecture.Resolve(change?.Invoke(options) ?? options, TestImages.Facts(8, 1)));
    }

    private static ResnetModel Build(ResnetOptions options) => Architecture.Build(options, new BuildContext(torch.CPU, new Autocast()));
}
