using Tenon.Testing;

namespace Tenon.Resnet.Tests;

/// <summary>What the contract asks of every architecture.</summary>
public sealed class ResnetConformanceTests : ArchitectureTests<ResnetOptions, ResnetModel>
{
    protected override IArchitecture<ResnetOptions, ResnetModel> Architecture => new ResnetArchitecture();
}
