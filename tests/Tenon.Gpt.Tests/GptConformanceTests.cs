using Tenon.Testing;

namespace Tenon.Gpt.Tests;

/// <summary>What the contract asks of every architecture.</summary>
public sealed class GptConformanceTests : ArchitectureTests<GptOptions, GptModel>
{
    protected override IArchitecture<GptOptions, GptModel> Architecture => new GptArchitecture();
}
