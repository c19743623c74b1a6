using Tenon.Testing;

namespace Tenon.Diffusion.Tests;

/// <summary>What the contract asks of every architecture.</summary>
public sealed class DiffusionConformanceTests : ArchitectureTests<DiffusionOptions, DiffusionModel>
{
    protected override IArchitecture<DiffusionOptions, DiffusionModel> Architecture => new DiffusionArchitecture();
}
