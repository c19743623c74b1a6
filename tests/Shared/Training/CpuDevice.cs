namespace Tenon.Tests;

/// <summary>The processor as it is, in float32.</summary>
internal sealed class CpuDevice : IOpenDevice
{
    public TorchSharp.torch.Device Torch => TorchSharp.torch.CPU;

    public string Description => "test";

    public Precision Precision => Precision.Fp32;

    public MemoryFigures Memory => new(null, null, null);

    public double? PeakFlop => null;

    public void Synchronize()
    {
    }

    public void Dispose()
    {
    }
}
