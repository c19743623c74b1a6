using Tenon;
using TorchSharp;

[assembly: Plugin("tenon.cpu", "The CPU: fp32, or bf16 matrix products where it supports them")]

namespace Tenon.Cpu;

/// <summary>The CPU of this machine.</summary>
[Device("cpu", "The CPU: fp32, or bf16 matrix products with fp32 parameters", Stability = Stability.Stable)]
public sealed class CpuDevice : IDevice<CpuOptions>
{
    /// <inheritdoc/>
    public Availability Check(CpuOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return options.Precision == CpuPrecision.Bf16 && !Processor.HasBfloat16Products
            ? new(true, $"{Processor.Name} has no bf16 instructions: bf16 runs, but slower than fp32. Set 'precision' to 'auto' to " +
                "use the faster one.")
            : new(true, $"{Processor.Name}, {(Processor.HasBfloat16Products ? "with" : "without")} bf16 instructions: 'auto' is " +
                $"{(Processor.HasBfloat16Products ? "bf16" : "fp32")}");
    }

    /// <inheritdoc/>
    public IOpenDevice Open(CpuOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        int threads = options.Threads > 0 ? options.Threads : Environment.ProcessorCount;
        torch.set_num_threads(threads);
        Precision precision = options.Precision switch
        {
            CpuPrecision.Fp32 => Precision.Fp32,
            CpuPrecision.Bf16 => Precision.Bf16,
            _ => Processor.HasBfloat16Products ? Precision.Bf16 : Precision.Fp32,
        };
        return new OpenCpu(threads, precision);
    }
}
