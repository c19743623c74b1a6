using System.Runtime.CompilerServices;
using Tenon.Host.Native;

namespace Tenon.VitMae.Tests;

internal static class Models
{
    public static readonly MaeArchitecture Architecture = new();

    // oneDNN's caches, before the first convolution.
    [ModuleInitializer]
    internal static void PrepareTorch() => TorchRuntime.Prepare();

    /// <summary>A model with reference weights, in eval mode.</summary>
    public static MaeModel Golden(string name, Func<MaeOptions, MaeOptions>? change = null)
    {
        MaeOptions options = Architecture.Read(Goldens.Configuration(name));
        MaeModel model = Build(Architecture.Resolve(change?.Invoke(options) ?? options, TestImages.Nothing));
        Goldens.Fill(model, Architecture.WeightName, Goldens.File(name, "model.safetensors")).Should().BeEmpty();
        model.eval();
        return model;
    }

    /// <summary>A fresh tiny model for gray images of 8 × 8, always the same.</summary>
    public static MaeModel Tiny(Func<MaeOptions, MaeOptions>? change = null)
    {
        torch.manual_seed(1);
        var options = new MaeOptions
        {
            Layers = 2,
            HiddenSize = 32,
            Heads = 4,
            PatchSize = 2,
            DecoderLayers = 1,
            DecoderHiddenSize = 16,
            DecoderHeads = 2,
            InitializerRange = 0.1,
        };
        return Build(Architecture.Resolve(change?.Invoke(options) ?? options, TestImages.Facts(8, 1)));
    }

    private static MaeModel Build(MaeOptions options) => Architecture.Build(options, new BuildContext(torch.CPU, new Autocast()));
}
