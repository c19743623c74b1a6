using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using TorchSharp;

namespace Tenon.Host.Native;

/// <summary>
/// Corrects oneDNN's cache sizes on AMD processors whose hypervisor hides them. Otherwise convolutions and LSTMs add
/// uninitialized memory to their results, in float32 and bfloat16.
/// </summary>
/// <remarks>
/// oneDNN 3.7, part of libtorch 2.10, reads the sizes from CPUID leaf 8000_001D and computes caches of one byte if the leaf is
/// zero. To fit such a cache, it splits each copy of a tensor into its blocked layout, and a split copy no longer zeroes the unused
/// end of the last block (<c>prb_block_for_cache</c> in <c>jit_uni_reorder.cpp</c>). All products whose channels do not fill blocks
/// of 16 to 64 read that end. With zero cache levels, as on an Intel processor that hides its caches, oneDNN assumes typical sizes.
/// There is no setter, so its CPU information is located in memory by content.
/// </remarks>
internal static class HiddenCaches
{
    private const string Setting = "oneDNN's cache sizes";
    private const string Consequence =
        "convolutions whose numbers of channels are not multiples of 32, and LSTMs, may give wrong results on the CPU";

    private const int CacheLeaf = unchecked((int)0x8000001D);
    private const int CacheType = 0b11111; // in EAX; 0 if there is no such cache

    // Xbyak::util::Cpu of oneDNN 3.7 for one-byte caches: dataCacheSize_[10], coresSharignDataCache_[10], dataCacheLevels_, each a uint32.
    private static readonly int[] Record = [1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 3];

    private static readonly Lazy<TuningResult?> Correction = new(() => Exist ? Write() : null);

    /// <summary>Whether this is an AMD processor that reports no level 1 cache.</summary>
    public static bool Exist => X86Base.IsSupported && IsAmd && (X86Base.CpuId(CacheLeaf, 0).Eax & CacheType) == 0;

    // The last four letters of AuthenticAMD.
    private static bool IsAmd => X86Base.CpuId(0, 0).Ecx == 0x444D4163;

    /// <summary>
    /// Makes oneDNN assume typical cache sizes; has no effect if caches are reported. torch must be loaded. Later calls have no
    /// effect.
    /// </summary>
    /// <returns>The result; null if caches are reported.</returns>
    public static TuningResult? Correct() => Correction.Value;

    private static TuningResult Write()
    {
        if (!OperatingSystem.IsLinux())
            return new(Setting, false,
                $"unchanged: supported only on Linux; this is {RuntimeInformation.RuntimeIdentifier}; {Consequence}");
        UseOneDnn();
        nint[] found = [.. WritableMemory("libtorch_cpu.so").SelectMany(range => Find(range.Start, range.Length))];
        if (found.Length != 1)
            return new(Setting, false,
                $"unchanged: oneDNN's CPU information was found {found.Length} times instead of once; {Consequence}");
        Marshal.WriteInt32(found[0], (Record.Length - 1) * sizeof(int), 0);
        return new(Setting, true, "typical sizes, because the hypervisor reports none for this AMD processor");
    }

    // oneDNN detects the processor on first use. Sixteen channels fill a block.
    private static void UseOneDnn()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable noGrad = torch.no_grad();
        torch.nn.functional.conv2d(torch.zeros(32, 16, 8, 8), torch.zeros(16, 16, 3, 3));
    }

    // The library's data segment, and the zero-initialized data after it, which is not backed by a file.
    private static IEnumerable<(nint Start, int Length)> WritableMemory(string library)
    {
        bool inside = false;
        foreach (string line in File.ReadLines("/proc/self/maps"))
        {
            string[] fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries); // 7f00-7f10 rw-p offset device inode [path]
            inside = fields.Length > 5 ? fields[5].EndsWith($"/{library}", StringComparison.Ordinal) : inside;
            if (!inside || !fields[1].StartsWith("rw", StringComparison.Ordinal))
                continue;
            nint[] ends = [.. fields[0].Split('-').Select(end => nint.Parse(end, NumberStyles.HexNumber, CultureInfo.InvariantCulture))];
            yield return (ends[0], checked((int)(ends[1] - ends[0])));
        }
    }

    private static IEnumerable<nint> Find(nint start, int length)
    {
        int[] words = new int[length / sizeof(int)];
        Marshal.Copy(start, words, 0, words.Length);
        for (int at = 0; (at = Next(words, at)) >= 0; at++)
            yield return start + (nint)at * sizeof(int);
    }

    private static int Next(int[] words, int from)
    {
        int found = words.AsSpan(from).IndexOf(Record);
        return found < 0 ? -1 : from + found;
    }
}
