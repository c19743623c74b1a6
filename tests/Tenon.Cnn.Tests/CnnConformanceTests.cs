using Tenon.Testing;

namespace Tenon.Cnn.Tests;

/// <summary>What the contract asks of every architecture.</summary>
public sealed class CnnConformanceTests : ArchitectureTests<CnnOptions, CnnModel>
{
    protected override IArchitecture<CnnOptions, CnnModel> Architecture => new CnnArchitecture();
}
