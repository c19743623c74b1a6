using Spectre.Console;
using Tenon.VitMae;
using TorchSharp;

namespace Tenon.Benchmarks;

/// <summary>
/// Time per pre-training image of a masked autoencoder with three quarters of the patches masked, compared with one masked patch, which
/// is the fewest that have a loss. The decoder is the same in both.
/// </summary>
internal static class MaskingSection
{
    private const int Steps = 2;
    private const double Masked = 0.75;
    private const double OneOf196 = 1.0 / 196;
    private static readonly string[] _precisions = ["fp32", "bf16"], _shares = ["masked", "whole"];

    private static readonly (string Name, string Preset, string Title, int DecoderLayers, int BatchSize)[] _models =
    [
        ("base-8", "vit-base", "ViT-B, 8 decoder blocks", 8, 8),
        ("large-8", "vit-large", "ViT-L, 8 decoder blocks", 8, 4),
        ("base-1", "vit-base", "ViT-B, 1 decoder block", 1, 8),
    ];

    /// <summary>Measures and shows the results.</summary>
    public static void Show(Settings settings)
    {
        Measurements results = settings.Measure(
            [.. from model in _models
                from precision in _precisions
                from share in _shares
                select Case(model.Name, share, precision)],
            Steps);
        Table table = Settings.Table(
            $"forward and backward pass of a masked autoencoder at 224×224, {settings.Where}, medians of {settings.Rounds}",
            "model", "precision", "images/s, 75 % masked", "images/s, 1 patch masked", "ratio", "ratio of the operations", "share of it");
        foreach ((string name, _, string title, _, _) in _models)
        {
            foreach (string precision in _precisions)
            {
                (string masked, string whole) = (Case(name, _shares[0], precision), Case(name, _shares[1], precision));
                (CaseResult fast, CaseResult slow) = (results.Median(masked), results.Median(whole));
                double ratio = results.Ratio(masked, whole), allowed = slow.FlopPerUnit / fast.FlopPerUnit;
                table.AddRow(
                    title, precision, $"{fast.PerSecond:F2}", $"{slow.PerSecond:F2}", $"{ratio:F2}", $"{allowed:F2}",
                    $"{ratio / allowed:P0}");
            }
        }

        Settings.Show(table);
    }

    /// <summary>Builds a model and a batch; the result is always the same.</summary>
    /// <param name="name">The model and the share that is masked: <c>base-8-masked</c>.</param>
    /// <param name="device">The type of matrix products. Owned by the caller.</param>
    public static Workload Build(string name, IOpenDevice device)
    {
        (_, string preset, _, int decoderLayers, int batchSize) =
            _models.First(model => name.StartsWith(model.Name, StringComparison.Ordinal));
        using torch.Generator seeded = torch.manual_seed(1);
        var context = new BuildContext(
            torch.CPU, new Autocast { Type = device.Precision == Precision.Bf16 ? torch.ScalarType.BFloat16 : torch.ScalarType.Float32 });
        var architecture = new MaeArchitecture();
        var options = new MaeOptions
        {
            Preset = preset,
            DecoderLayers = decoderLayers,
            MaskRatio = name.EndsWith("-masked", StringComparison.Ordinal) ? Masked : OneOf196,
        };
        const int Side = 224;
        MaeModel model = architecture.Build(
            architecture.Resolve(
                options, new ModelFacts(null, new SpecialTokens(), new DataFacts { ImageSize = (Side, Side, 3) })), context);
        return new Workload(
            model, new Batch([new(BatchNames.PixelValues, torch.randn([batchSize, 3, Side, Side]))], batchSize, batchSize), batchSize);
    }

    private static string Case(string model, string share, string precision) => $"{model}-{share}/gradients/{precision}";
}
