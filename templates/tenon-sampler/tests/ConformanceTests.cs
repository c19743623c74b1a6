using Tenon;
using Tenon.Testing;
using Xunit;

// Torch's generator is shared by the process, so tests must not run in parallel.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Template._1.Tests;

/// <summary>The conformance kit's tests of the contract.</summary>
public sealed class ConformanceTests : SamplerTests<RenoisingOptions>
{
    protected override ISamplerFactory<RenoisingOptions> Sampler => new RenoisingSampler();
}
