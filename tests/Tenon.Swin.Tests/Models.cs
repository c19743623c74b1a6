using System.Runtime.CompilerServices;
using Tenon.Host.Native;

namespace Tenon.Swin.Tests;

internal static class Models
{
    public static readonly SwinArchitecture Architecture = new();

    // oneDNN's caches, before the first convolution.
    [ModuleInitializer]
    internal static void PrepareTorch() => TorchRuntime.Prepare();

    /// <summary>A model of the reference's sizes with new weights.</summary>
    public static SwinModel Fresh(string name, Func<SwinOptions, SwinOptions>? change = null)
    {
        SwinOptions options = Architecture.Read(Goldens.Configuration(name));
        return Build(Architecture.Resolve(change?.Invoke(options) ?? options, TestImages.Nothing));
    }

    /// <summary>A model with reference weights, in eval mode.</summary>
    public static SwinModel Golden(string name, Func<SwinOptions, SwinOptions>? change = null)
    {
        SwinModel model = Fresh(name, change);
        Goldens.Fill(model, Architecture.WeightName, Goldens.File(name, "model.safetensors")).Should().BeEmpty();
        model.eval();
        return model;
    }

    /// <summary>A fresh tiny model for gray images of 8 × 8, always the same.</summary>
    public static SwinModel Tiny(Func<SwinOptions, SwinOptions>? change = null)
    {
        torch.manual_seed(1);
        var options = new SwinOptions
        {
            HiddenSize = 16,
            Depths = [2, 2],
            NumHeads = [2, 4],
            PatchSize = 1,
            WindowSize = 4,
            DropPathRate = 0,
            InitializerRange = 0.2
        };
        return Build(Architecture.Resolve(change?.Invoke(options) ?? options, TestImages.Facts(8, 1)));
    }

    private static SwinModel Build(SwinOptions options) => Architecture.Build(options, new BuildContext(torch.CPU, new Autocast()));
}
