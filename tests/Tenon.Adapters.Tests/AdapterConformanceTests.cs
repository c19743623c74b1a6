using Tenon.FineTune;
using Tenon.Lora;
using Tenon.PTuning;
using Tenon.Testing;

namespace Tenon.Adapters.Tests;

/// <summary>What the contract asks of every strategy.</summary>
public sealed class LoraConformanceTests : StrategyTests<LoraOptions, IModel>
{
    protected override IStrategy<LoraOptions, IModel> Strategy => new Lora.Lora();
}

/// <inheritdoc cref="LoraConformanceTests"/>
public sealed class FineTuneConformanceTests : StrategyTests<FineTuneOptions, IModel>
{
    protected override IStrategy<FineTuneOptions, IModel> Strategy => new FineTune.FineTune();
}

/// <inheritdoc cref="LoraConformanceTests"/>
public sealed class PTuningConformanceTests : StrategyTests<PTuningOptions, IPromptTunable>
{
    protected override IStrategy<PTuningOptions, IPromptTunable> Strategy => new PTuning.PTuning();
}

/// <summary>Prefixes of keys and values in place of input embeddings.</summary>
public sealed class PrefixTuningConformanceTests : StrategyTests<PTuningOptions, IPromptTunable>
{
    protected override IStrategy<PTuningOptions, IPromptTunable> Strategy => new PTuning.PTuning();

    protected override PTuningOptions Options => new() { Method = "prefix-tuning", VirtualTokens = 4 };
}
