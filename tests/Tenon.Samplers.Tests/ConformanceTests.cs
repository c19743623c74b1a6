using Tenon.DpmSolver;
using Tenon.Testing;

namespace Tenon.Samplers.Tests;

/// <summary>What the contract asks of every sampler.</summary>
public sealed class DdpmConformanceTests : SamplerTests<DdpmOptions>
{
    protected override ISamplerFactory<DdpmOptions> Sampler => new Ddpm();
}

/// <inheritdoc cref="DdpmConformanceTests"/>
public sealed class DdimConformanceTests : SamplerTests<DdimOptions>
{
    protected override ISamplerFactory<DdimOptions> Sampler => new Ddim();

    protected override DdimOptions Options => new() { Eta = 0.5, EndsAtFirstTimestep = true };
}

/// <inheritdoc cref="DdpmConformanceTests"/>
public sealed class DpmSolverConformanceTests : SamplerTests<DpmSolverOptions>
{
    protected override ISamplerFactory<DpmSolverOptions> Sampler => new DpmSolver.DpmSolver();
}

/// <inheritdoc cref="DdpmConformanceTests"/>
public sealed class EulerConformanceTests : SamplerTests<EulerOptions>
{
    protected override ISamplerFactory<EulerOptions> Sampler => new Euler();

    protected override EulerOptions Options => new() { Eta = 1 };
}
