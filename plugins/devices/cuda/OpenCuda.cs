using TorchSharp;

namespace Tenon.Cuda;

/// <summary>The GPU in use.</summary>
internal sealed class OpenCuda : IOpenDevice
{
    private readonly CudaDriver driver;
    private readonly GpuFacts gpu;
    private readonly int index;
    private readonly long? before;
    private long peak;

    public OpenCuda(CudaDriver driver, GpuFacts gpu, int index, Precision precision, bool repeats)
    {
        (this.driver, this.gpu, this.index, Precision) = (driver, gpu, index, precision);
        Torch = new torch.Device(DeviceType.CUDA, index);
        before = driver.Free(index);
        Description =
            $"{gpu.Name} (cuda:{index}), " +
            $"{precision switch { Precision.Fp32 => "fp32", Precision.Tf32 => "tf32", Precision.Bf16 => "bf16", _ => "fp16" }} " +
            $"matrix products{(repeats ? "" : ", results not repeatable bit for bit")}";
    }

    /// <inheritdoc/>
    public torch.Device Torch { get; }

    /// <inheritdoc/>
    public string Description { get; }

    /// <inheritdoc/>
    public Precision Precision { get; }

    /// <summary>
    /// The decrease in the GPU's free memory since it was opened, because TorchSharp does not expose torch's allocator statistics.
    /// Memory of other processes on the GPU is included. Torch returns no memory, so the value at the end is the peak.
    /// </summary>
    public MemoryFigures Memory
    {
        get
        {
            long? used = driver.Free(index) is { } free && before is { } start ? Math.Max(0, start - free) : null;
            peak = Math.Max(peak, used ?? 0);
            return new(gpu.Memory, used, used is null ? null : peak);
        }
    }

    /// <inheritdoc/>
    public double? PeakFlop => GpuPeaks.Find(gpu.Name, Precision);

    /// <inheritdoc/>
    public void Synchronize() => torch.cuda.synchronize(Torch);

    /// <inheritdoc/>
    public void Dispose()
    {
        // Torch keeps its memory until the process exits.
    }
}
