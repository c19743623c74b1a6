using Tenon.Testing;

namespace Tenon.Llama.Tests;

/// <summary>What the contract requires of every architecture.</summary>
public sealed class LlamaConformanceTests : ArchitectureTests<LlamaOptions, LlamaModel>
{
    protected override IArchitecture<LlamaOptions, LlamaModel> Architecture => new LlamaArchitecture();
}

/// <summary>The same for the features of the other variants: biases, norms of heads, windows in some layers, an untied head.</summary>
public sealed class Qwen2ConformanceTests : ArchitectureTests<LlamaOptions, LlamaModel>
{
    protected override IArchitecture<LlamaOptions, LlamaModel> Architecture => new LlamaArchitecture();

    protected override LlamaOptions Options => Small with { Variant = LlamaVariant.Qwen2, SlidingWindow = 5, SlidingLayers = [1] };

    internal static LlamaOptions Small { get; } = new()
    {
        Layers = 2,
        HiddenSize = 32,
        Heads = 4,
        KeyValueHeads = 1,
        ContextLength = 24,
        TieEmbeddings = false,
        InitializerRange = 0.2,
    };
}

/// <summary>Heads whose size is not the hidden size divided by their number, and YaRN.</summary>
public sealed class Qwen3ConformanceTests : ArchitectureTests<LlamaOptions, LlamaModel>
{
    protected override IArchitecture<LlamaOptions, LlamaModel> Architecture => new LlamaArchitecture();

    protected override LlamaOptions Options => Qwen2ConformanceTests.Small with
    {
        Variant = LlamaVariant.Qwen3,
        HeadSize = 12,
        RopeScaling = RopeScaling.Yarn,
        RopeFactor = 4,
        RopeOriginalContextLength = 6,
    };
}

/// <summary>A classifier.</summary>
public sealed class LlamaClassifierConformanceTests : ArchitectureTests<LlamaClassifierOptions, LlamaClassifier>
{
    protected override IArchitecture<LlamaClassifierOptions, LlamaClassifier> Architecture => new LlamaClassifierArchitecture();
}
