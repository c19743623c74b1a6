using System.Text.Json.Nodes;

namespace Tenon.LabelStudy.Studies;

/// <summary>
/// A ViT classifies images: from scratch, fine-tuned after a masked autoencoder was trained on all shipped images without their
/// classes, and as a linear probe on that autoencoder's encoder.
/// </summary>
internal sealed class AutoencoderStudy : ImageStudy
{
    private const string Sizes =
        """ "patchSize": 4, "layers": 4, "hiddenSize": 96, "heads": 3, "feedForwardSize": 192 """;

    private const string Augmentation = """ "flipProbability": 0.5, "cropPadding": 2 """;

    private static readonly double[] _rates = [5e-4, 1e-3, 2e-3];

    /// <inheritdoc/>
    public override string Name => "masked-autoencoder";

    /// <inheritdoc/>
    public override IReadOnlyList<LabelledData> Data { get; } = Fashion(100, 500, 2000);

    /// <inheritdoc/>
    public override IReadOnlyList<Method> Methods { get; } =
    [
        new("scratch", "from scratch", _rates, $$"""{ "use": "vit", {{Sizes}}, "dropout": 0.1, {{Augmentation}} }""",
            """{ "use": "pretrain" }"""),
        new("finetune", "pre-trained, fine-tuned", _rates, $$"""{ "use": "vit", "dropout": 0.1, {{Augmentation}} }""",
            """{ "use": "finetune", "layerDecay": 0.75, "keepBest": false }""")
        {
            FromBase = true,
        },
        new("probe", "pre-trained, linear probe", [3e-3, 1e-2, 3e-2], $$"""{ "use": "vit", {{Augmentation}} }""",
            """{ "use": "finetune", "train": ["classifier"], "keepBest": false }""")
        {
            FromBase = true,
        },
    ];

    /// <inheritdoc/>
    public override int TrialLabels => 500;

    /// <inheritdoc/>
    public override JsonObject? Base(string output) => Parse($$"""
        {
          "name": "base", "seed": 1, "output": {{Quote(output)}},
          "device": { "use": "cpu", "threads": 1, "precision": "auto" },
          "data": {{Images}},
          "model": {
            "use": "vit-mae", {{Sizes}}, "decoderLayers": 1, "decoderHiddenSize": 64, "decoderHeads": 2, "decoderFeedForwardSize": 128,
            "normPixLoss": true, "flipProbability": 0.5, "cropScale": 0.5
          },
          "strategy": { "use": "pretrain" },
          "training": {
            "steps": 5000, "batchSize": 64, "learningRate": 1.5e-3, "warmupSteps": 200, "beta2": 0.95, "weightDecay": 0.05,
            "logEvery": 250
          },
          "validation": { "share": 0 }
        }
        """);

    // 96 passes over 100 labels, 32 over more.
    /// <inheritdoc/>
    protected override int Steps(int labels) => Math.Max(300, labels);
}
