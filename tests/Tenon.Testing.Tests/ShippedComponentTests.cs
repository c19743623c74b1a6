using Tenon.Cpu;
using Tenon.Pretrain;

namespace Tenon.Testing.Tests;

/// <summary>What the contract asks of the device and the strategy that every recipe starts from.</summary>
public sealed class CpuConformanceTests : DeviceTests<CpuOptions>
{
    protected override IDevice<CpuOptions> Device => new CpuDevice();
}

/// <inheritdoc cref="CpuConformanceTests"/>
public sealed class PretrainConformanceTests : StrategyTests<PretrainOptions, IModel>
{
    protected override IStrategy<PretrainOptions, IModel> Strategy => new Pretrain.Pretrain();
}
