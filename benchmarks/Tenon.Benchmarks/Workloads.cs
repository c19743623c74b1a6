using Tenon.Bert;
using Tenon.Diffusion;
using Tenon.Gpt;
using Tenon.Vit;
using TorchSharp;
using Tensor = TorchSharp.torch.Tensor;

namespace Tenon.Benchmarks;

/// <summary>A model with a batch to train it on.</summary>
/// <param name="Model">The model, in train mode.</param>
/// <param name="Batch">The batch of each step.</param>
/// <param name="Units">Tokens or images in the batch.</param>
internal sealed record Workload(IModel Model, Batch Batch, long Units) : IDisposable
{
    public void Dispose()
    {
        Batch.Dispose();
        Model.Dispose();
    }
}

/// <summary>The workloads. <c>reference/benchmark.py</c> has the same sizes.</summary>
internal static class Workloads
{
    // A step takes minutes on a CPU.
    private const string ForGpus = "gpt2-124m";

    /// <summary>Names of GPTs whose layers two processes divide.</summary>
    public static IReadOnlyList<string> Staged { get; } = ["staged-256", "staged-384"];

    private static readonly SpecialTokens Special = new() { Classify = 1, Separator = 2, Mask = 3, Pad = 0 };

    /// <summary>Names with units and descriptions.</summary>
    public static IReadOnlyList<(string Name, string Unit, string Description)> All { get; } =
    [
        ("gpt-256", "tokens", "GPT, 6 layers, 384 hidden, context 256, batch 8, vocabulary 256"),
        ("gpt-50304", "tokens", "the same with vocabulary 50,304"),
        ("bert", "tokens", "BERT, 6 layers, 384 hidden, context 256, batch 8, vocabulary 30,522"),
        ("vit", "images", "ViT, 6 layers, 384 hidden, 32×32 in patches of 4, batch 32"),
        ("unet", "images", "U-Net of 32, 64 and 64 channels with attention, 28×28 gray, batch 32"),
        ("unet-wide", "images", "the same with 128, 256 and 256 channels, batch 8"),
        (ForGpus, "tokens", "GPT-2 124M, context 1,024, batch 8, vocabulary 50,304"),
    ];

    /// <summary>The workloads for a device.</summary>
    /// <param name="device">Its name.</param>
    public static IEnumerable<(string Name, string Unit, string Description)> On(string device) =>
        All.Where(workload => device != "cpu" || workload.Name != ForGpus);

    /// <summary>Describes a GPT.</summary>
    /// <param name="name">Its name.</param>
    public static string Describe(string name)
    {
        Shape shape = Shape(name);
        return $"{shape.Layers} layers, {shape.HiddenSize} hidden";
    }

    /// <summary>Sizes of a GPT.</summary>
    /// <param name="name">Its name.</param>
    public static Shape Shape(string name) => name switch
    {
        "staged-32" => new(Layers: 4, HiddenSize: 32, Heads: 2, ContextLength: 16, BatchSize: 2, VocabularySize: 256),
        "staged-256" => new(Layers: 8, HiddenSize: 256, Heads: 4, ContextLength: 128, BatchSize: 4, VocabularySize: 256),
        "staged-384" => new(Layers: 12, HiddenSize: 384, Heads: 6, ContextLength: 128, BatchSize: 4, VocabularySize: 256),
        "soak" => new(Layers: 2, HiddenSize: 64, Heads: 2, ContextLength: 32, BatchSize: 4, VocabularySize: 256),
        ForGpus => new(Layers: 12, HiddenSize: 768, Heads: 12, ContextLength: 1024, BatchSize: 8, VocabularySize: 50304),
        _ => new(Layers: 6, HiddenSize: 384, Heads: 6, ContextLength: 256, BatchSize: 8, VocabularySize: Vocabulary(name)),
    };

    // 257 is the vocabulary size of the byte tokenizer, which the complete run uses.
    private static int Vocabulary(string name) => name switch { "gpt-50304" => 50304, "gpt-257" => 257, _ => 256 };

    /// <summary>Builds a workload; the result is always the same.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="device">Its device, and the type of matrix products. Owned by the caller.</param>
    public static Workload Build(string name, IOpenDevice device)
    {
        using torch.Generator seeded = torch.manual_seed(1);
        var context = new BuildContext(
            torch.CPU, new Autocast { Type = device.Precision == Precision.Bf16 ? torch.ScalarType.BFloat16 : torch.ScalarType.Float32 });
        Workload workload = name switch
        {
            "bert" => Bert(context),
            "vit" => Vit(context),
            "unet" => UNet(context, batchSize: 32),
            "unet-wide" => UNet(context, batchSize: 8, [128, 256, 256]),
            _ => Gpt(Shape(name), context),
        };
        workload.Model.Module.to(device.Torch);
        workload.Batch.To(device.Torch);
        return workload;
    }

    /// <summary>The token ids on which each variant trains a GPT, and their labels. The caller disposes both.</summary>
    /// <param name="shape">Sizes.</param>
    /// <param name="device">The target device.</param>
    public static (Tensor Ids, Tensor Labels) Tokens(Shape shape, torch.Device device)
    {
        Tensor ids = torch.randint(
            0, Math.Min(256, shape.VocabularySize), [shape.BatchSize, shape.ContextLength], torch.ScalarType.Int64, device);
        return (ids, ids.roll(-1, 1));
    }

    private static Workload Gpt(Shape shape, BuildContext context)
    {
        var architecture = new GptArchitecture();
        var options = new GptOptions
        {
            Layers = shape.Layers,
            HiddenSize = shape.HiddenSize,
            Heads = shape.Heads,
            ContextLength = shape.ContextLength,
            VocabularySize = shape.VocabularySize,
            Activation = "gelu", // as in the plain loop
        };
        GptModel model = architecture.Build(
            architecture.Resolve(options, new ModelFacts(shape.VocabularySize, new SpecialTokens(), new DataFacts())), context);
        (Tensor ids, Tensor labels) = Tokens(shape, torch.CPU);
        return new Workload(
            model, new Batch([new(BatchNames.InputIds, ids), new(BatchNames.Labels, labels)], shape.BatchSize, shape.TokensPerStep),
            shape.TokensPerStep);
    }

    private static Workload Bert(BuildContext context)
    {
        const int Vocabulary = 30522, Batch = 8, Length = 256;
        var architecture = new BertArchitecture();
        var options = new BertOptions { Head = "masked-lm", Layers = 6, HiddenSize = 384, Heads = 6, ContextLength = Length };
        BertModel model = architecture.Build(architecture.Resolve(options, new ModelFacts(Vocabulary, Special, new DataFacts())), context);
        Tensor ids = torch.randint(1000, Vocabulary, [Batch, Length], torch.ScalarType.Int64);
        using Tensor drawn = torch.rand([Batch, Length]);
        using Tensor hidden = drawn.lt(0.15);
        using Tensor ignored = torch.full_like(ids, BatchNames.Ignored);
        Tensor labels = torch.where(hidden, ids, ignored);
        return new Workload(model, new Batch(
            [new(BatchNames.InputIds, ids), new(BatchNames.Labels, labels), new(BatchNames.AttentionMask, torch.ones_like(ids))],
            Batch, hidden.sum().item<long>()), Batch * Length);
    }

    private static Workload Vit(BuildContext context)
    {
        const int Batch = 32, Size = 32;
        string[] classes = [.. Enumerable.Range(0, 10).Select(i => $"class {i}")];
        var architecture = new VitArchitecture();
        var options = new VitOptions { Layers = 6, HiddenSize = 384, Heads = 6, PatchSize = 4 };
        VitModel model = architecture.Build(
            architecture.Resolve(
                options, new ModelFacts(null, new SpecialTokens(), new DataFacts { ImageSize = (Size, Size, 3), Labels = classes })),
                context);
        return new Workload(model, new Batch(
            [
                new(BatchNames.PixelValues, torch.randn([Batch, 3, Size, Size])),
                new(BatchNames.Labels, torch.randint(0, 10, [Batch], torch.ScalarType.Int64)),
            ], Batch, Batch), Batch);
    }

    private static Workload UNet(BuildContext context, int batchSize, int[]? channels = null)
    {
        const int Size = 28;
        var architecture = new DiffusionArchitecture();
        var options = new DiffusionOptions { Preset = "small", BlockOutChannels = channels, ClassConditional = false };
        DiffusionModel model = architecture.Build(
            architecture.Resolve(options, new ModelFacts(null, new SpecialTokens(), new DataFacts { ImageSize = (Size, Size, 1) })),
            context);
        return new Workload(
            model, new Batch([new(BatchNames.PixelValues, torch.randn([batchSize, 1, Size, Size]))], batchSize, batchSize * Size * Size),
            batchSize);
    }
}
