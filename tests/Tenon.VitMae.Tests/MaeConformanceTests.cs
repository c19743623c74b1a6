using Tenon.Testing;

namespace Tenon.VitMae.Tests;

/// <summary>What the contract asks of every architecture.</summary>
public sealed class MaeConformanceTests : ArchitectureTests<MaeOptions, MaeModel>
{
    protected override IArchitecture<MaeOptions, MaeModel> Architecture => new MaeArchitecture();
}
