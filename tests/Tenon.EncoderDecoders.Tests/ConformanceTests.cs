using Tenon.Testing;

namespace Tenon.EncoderDecoders.Tests;

/// <summary>What the contract asks of every architecture.</summary>
public sealed class T5ConformanceTests : ArchitectureTests<T5Options, T5Model>
{
    protected override IArchitecture<T5Options, T5Model> Architecture => new T5Architecture();
}

/// <inheritdoc cref="T5ConformanceTests"/>
public sealed class BartConformanceTests : ArchitectureTests<BartOptions, BartModel>
{
    protected override IArchitecture<BartOptions, BartModel> Architecture => new BartArchitecture();
}

/// <inheritdoc cref="T5ConformanceTests"/>
public sealed class MarianConformanceTests : ArchitectureTests<MarianOptions, MarianModel>
{
    protected override IArchitecture<MarianOptions, MarianModel> Architecture => new MarianArchitecture();
}
