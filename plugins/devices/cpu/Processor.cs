using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using System.Text;

namespace Tenon.Cpu;

/// <summary>The name and capabilities of this machine's CPU.</summary>
internal static class Processor
{
    /// <summary>
    /// Whether the CPU multiplies bfloat16 numbers in hardware: AVX512_BF16 (CPUID leaf 7, subleaf 1, EAX bit 5) or AMX-BF16
    /// (leaf 7, subleaf 0, EDX bit 22). Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2A, CPUID.
    /// </summary>
    public static bool HasBfloat16Products { get; } = X86Base.IsSupported
        && X86Base.CpuId(0, 0).Eax >= 7
        && ((X86Base.CpuId(7, 1).Eax & (1 << 5)) != 0 || (X86Base.CpuId(7, 0).Edx & (1 << 22)) != 0);

    /// <summary>The CPU's name, as it reports it.</summary>
    public static string Name { get; } = ReadName();

    private static string ReadName()
    {
        const int FirstBrandLeaf = unchecked((int)0x80000002);
        if (!X86Base.IsSupported || unchecked((uint)X86Base.CpuId(unchecked((int)0x80000000), 0).Eax) < 0x80000004)
            return $"{RuntimeInformation.ProcessArchitecture} processor";

        Span<int> registers = stackalloc int[12];
        for (int i = 0; i < 3; i++)
            (registers[4 * i], registers[4 * i + 1], registers[4 * i + 2], registers[4 * i + 3]) = X86Base.CpuId(FirstBrandLeaf + i, 0);
        return Encoding.ASCII.GetString(MemoryMarshal.AsBytes(registers)).Trim('\0', ' ');
    }
}
