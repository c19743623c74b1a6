using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Tenon.Host.Tests.Training.Parallel;

/// <summary>
/// A network whose parameters fill several units of the flat layout, with one parameter that some steps do not use, and with
/// convolution weights stored with the channels last.
/// </summary>
internal sealed class WideModel : nn.Module
{
    // The ranks are threads, which share torch's generator.
    private static readonly Lock Seeded = new();

    private readonly Linear input;
    private readonly Linear output;
    private readonly Parameter sometimes;
    private readonly Parameter kernel;

    public WideModel(bool isContiguous = false) : base(nameof(WideModel))
    {
        lock (Seeded)
        {
            using Generator generator = manual_seed(3);
            input = nn.Linear(4, 4000);
            output = nn.Linear(4000, 3);
            sometimes = new Parameter(randn(3));
            Tensor channelsLast = (randn([64, 3, 3, 4]) * 0.05).permute(0, 3, 1, 2); // [64, 4, 3, 3]
            kernel = new Parameter(isContiguous ? channelsLast.contiguous() : channelsLast);
        }

        RegisterComponents();
    }

    /// <summary>Whether the loss depends on all parameters.</summary>
    public bool UsesAll { get; set; } = true;

    public Tensor Loss(Batch batch)
    {
        Tensor pixels = batch[BatchNames.PixelValues]; // [B, 4]
        Tensor features = nn.functional.conv2d(pixels.view(-1, 4, 1, 1), kernel, padding: [1, 1]).mean([1, 2, 3]); // [B]
        using Tensor signs = tensor((float[])[1, 0, -1]);
        Tensor logits = output.forward(nn.functional.gelu(input.forward(pixels))) + features.unsqueeze(1) * signs;
        if (UsesAll)
            logits = logits + sometimes;
        return nn.functional.cross_entropy(logits, batch[BatchNames.Labels], ignore_index: BatchNames.Ignored);
    }

    /// <summary>All parameters by name.</summary>
    public Dictionary<string, float[]> Values() =>
        named_parameters().ToDictionary(p => p.name, p => TinyClassifier.Values(p.parameter.contiguous()), StringComparer.Ordinal);
}
