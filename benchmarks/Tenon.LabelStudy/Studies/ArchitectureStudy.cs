namespace Tenon.LabelStudy.Studies;

/// <summary>
/// Four architectures of 15 to 30 million multiply-adds learn from few images: convolutions, attention between patches, attention
/// within windows, and attention after a stem of convolutions.
/// </summary>
internal sealed class ArchitectureStudy : ImageStudy
{
    private const string Augmentation = """ "flipProbability": 0.5, "cropPadding": 2 """;
    private const string FromScratch = """{ "use": "pretrain" }""";

    private static readonly double[] _rates = [5e-4, 1e-3, 2e-3];

    /// <inheritdoc/>
    public override string Name => "architectures";

    /// <inheritdoc/>
    public override IReadOnlyList<LabelledData> Data { get; } = Fashion(250, 1000, 2000);

    /// <inheritdoc/>
    public override IReadOnlyList<Method> Methods { get; } =
    [
        new("cnn", "CNN", _rates, $$"""{ "use": "cnn", {{Augmentation}} }""", FromScratch),
        new("vit", "ViT", _rates,
            $$"""
            {
              "use": "vit", "patchSize": 4, "layers": 4, "hiddenSize": 128, "heads": 4, "feedForwardSize": 256, "dropout": 0.1,
              {{Augmentation}}
            }
            """, FromScratch),
        new("swin", "Swin", _rates,
            $$"""
            {
              "use": "swin", "patchSize": 2, "hiddenSize": 48, "depths": [2, 2], "numHeads": [3, 6], "windowSize": 7, "mlpRatio": 2,
              {{Augmentation}}
            }
            """, FromScratch),
        new("hybrid", "hybrid", _rates,
            $$"""
            {
              "use": "vit", "stem": "convolutions", "patchSize": 4, "layers": 3, "hiddenSize": 128, "heads": 4,
              "feedForwardSize": 256, "dropout": 0.1, {{Augmentation}}
            }
            """, FromScratch),
    ];

    /// <inheritdoc/>
    public override int TrialLabels => 1000;

    // 32 passes over the images, more over the fewest.
    /// <inheritdoc/>
    protected override int Steps(int labels) => Math.Max(400, labels);
}
