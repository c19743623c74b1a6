using Tenon.Testing;

namespace Tenon.Swin.Tests;

/// <summary>What the contract asks of every architecture.</summary>
public sealed class SwinConformanceTests : ArchitectureTests<SwinOptions, SwinModel>
{
    protected override IArchitecture<SwinOptions, SwinModel> Architecture => new SwinArchitecture();
}
