using Tenon.Testing;

namespace Tenon.Vit.Tests;

/// <summary>What the contract asks of every architecture.</summary>
public sealed class VitConformanceTests : ArchitectureTests<VitOptions, VitModel>
{
    protected override IArchitecture<VitOptions, VitModel> Architecture => new VitArchitecture();
}
