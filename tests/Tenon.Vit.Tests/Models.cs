namespace Tenon.Vit.Tests;

internal static class Models
{
    public static readonly VitArchitecture Architecture = new();
    public static readonly ModelFacts Nothing = new(null, new SpecialTokens(), new DataFacts());

    /// <summary>A model with reference weights.</summary>
    public static VitModel Golden(string name)
    {
        VitModel model = Architecture.Build(Architecture.Resolve(Architecture.Read(Goldens.Configuration(name)), Nothing),
            new BuildContext(torch.CPU, new Autocast()));
        Goldens.Fill(model, Architecture.WeightName, Goldens.File(name, "model.safetensors")).Should().BeEmpty();
        model.eval();
        return model;
    }

    /// <summary>A fresh tiny model for gray images of 8 × 8, always the same.</summary>
    public static VitModel Tiny(Func<VitOptions, VitOptions>? change = null)
    {
        torch.manual_seed(1);
        var options = new VitOptions { Layers = 2, HiddenSize = 32, Heads = 4, PatchSize = 4, InitializerRange = 0.2 };
        VitModel model = Architecture.Build(Architecture.Resolve(change?.Invoke(options) ?? options, Facts(8, 1)),
            new BuildContext(torch.CPU, new Autocast()));
        model.eval();
        return model;
    }

    public static ModelFacts Facts(int size, int channels, params string[] labels) => new(
        null, new SpecialTokens(),
        new DataFacts { ImageSize = (size, size, channels), Labels = labels.Length > 0 ? labels : ["left", "right"] });

    public static CollateContext Context(bool training = true, ulong seed = 1) => new(new SeededRandom(seed), training, null);

    /// <summary>Bright on the side of its label, with noise.</summary>
    public static ImageExample Image(int seed, int? label, int size = 8, int channels = 1)
    {
        var random = new SeededRandom((ulong)seed);
        byte[] pixels = [.. Enumerable.Range(0, size * size * channels).Select(at =>
            (byte)(random.Next(80) + (at / channels % size < size / 2 == (label == 0) ? 160 : 0)))];
        return new ImageExample(new ImagePixels(size, size, channels, pixels), label);
    }
}
