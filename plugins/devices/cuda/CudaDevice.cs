using Tenon;
using TorchSharp;

[assembly: Plugin("tenon.cuda", "NVIDIA GPUs: fp32, tf32, bf16 and fp16 matrix products")]

namespace Tenon.Cuda;

/// <summary>An NVIDIA GPU.</summary>
[Device("cuda", "An NVIDIA GPU: fp32, tf32, bf16, or fp16 with loss scaling", Stability = Stability.Preview)]
public sealed class CudaDevice : IDevice<CudaOptions>
{
    private const int Ampere = 8;

    /// <inheritdoc/>
    public Availability Check(CudaOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        // Each check depends on the one before it, so the first failure is the one to fix.
        if (CudaLibraries.DriverFile is not { } driverFile)
            return new(false, "CUDA is not available on this operating system; it needs Linux or Windows on x64.");
        if (!CudaDriver.TryOpen(out CudaDriver? driver, out string? reason))
            return new(false, $"{reason} Install NVIDIA's driver, which provides {driverFile}.");
        if (driver.Count == 0)
            return new(false,
                "The driver is installed but finds no GPU. CUDA_VISIBLE_DEVICES may hide it; a container must be given access to it.");
        if (options.Index >= driver.Count)
            return new(false,
                $"'index' is {options.Index}, but there " +
                $"{(driver.Count == 1 ? "is 1 GPU, index 0" : $"are {driver.Count} GPUs, with indices 0 … {driver.Count - 1}")}.");
        GpuFacts gpu = driver.Describe(options.Index);
        if (CudaLibraries.Find() is null)
        {
            return new(false,
                $"{gpu.Name} is present, but this program has the CPU-only libtorch: {CudaLibraries.TorchFile} is in none of the " +
                "directories searched. Build with -p:TorchBackend=cuda, or set \"libtorch\" in plugins.json, or TENON_LIBTORCH, to the " +
                "folder torch/lib of a PyTorch installation of the same version.");
        }

        return options.Precision is CudaPrecision.Tf32 or CudaPrecision.Bf16 && gpu.Major < Ampere
            ? new(false, $"{gpu.Name} has compute capability {gpu.Major}.{gpu.Minor}; tf32 and bf16 need 8.0. Set 'precision' to " +
                "fp16, fp32 or auto.")
            : new(true, $"{gpu.Name}, {gpu.Memory / (1L << 30)} GiB, compute capability {gpu.Major}.{gpu.Minor}, driver for CUDA " +
                $"{driver.Version}");
    }

    /// <inheritdoc/>
    public IOpenDevice Open(CudaOptions options)
    {
        Availability availability = Check(options);
        if (!availability.IsAvailable || !CudaDriver.TryOpen(out CudaDriver? driver, out _))
            throw new DeviceException(availability.Reason);
        CudaLibraries.Load();
        bool repeats = DeterministicKernels.Set(options.Deterministic);
        try
        {
            torch.InitializeDeviceType(DeviceType.CUDA);
        }
        catch (Exception cause) when (cause is NotSupportedException or InvalidOperationException or DllNotFoundException)
        {
            throw new DeviceException(
                $"{availability.Reason}: libtorch cannot use it. {cause.Message.Split('\n')[0]} 'tenon doctor' shows what was " +
                "loaded.", cause);
        }

        if (!torch.cuda.is_available())
            throw new DeviceException(
                $"{availability.Reason}: libtorch finds no CUDA. The driver may be older than the CUDA version that libtorch was " +
                "built for; update it.");
        GpuFacts gpu = driver.Describe(options.Index);
        Precision precision = Choose(options.Precision, gpu.Major);
        // Set both explicitly: cuDNN's convolutions use TF32 by default.
        torch.backends.cuda.matmul.allow_tf32 = precision == Precision.Tf32;
        torch.backends.cudnn.allow_tf32 = precision == Precision.Tf32;
        return new OpenCuda(driver, gpu, options.Index, precision, repeats);
    }

    /// <summary>The precision that an option selects on a GPU.</summary>
    /// <param name="requested">The requested precision.</param>
    /// <param name="major">Major version of the compute capability.</param>
    internal static Precision Choose(CudaPrecision requested, int major) => requested switch
    {
        CudaPrecision.Fp32 => Precision.Fp32,
        CudaPrecision.Tf32 => Precision.Tf32,
        CudaPrecision.Bf16 => Precision.Bf16,
        CudaPrecision.Fp16 => Precision.Fp16,
        _ => major >= Ampere ? Precision.Bf16 : major == 7 ? Precision.Fp16 : Precision.Fp32,
    };
}
