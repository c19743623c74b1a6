using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Tenon.Host.Native;

/// <summary>One setting of the native libraries, and whether it took.</summary>
/// <param name="Setting">What was to be set, as its documentation writes it.</param>
/// <param name="Applied">False if it stayed as it was.</param>
/// <param name="Detail">The value that holds now, or why it was left.</param>
internal sealed record TuningResult(string Setting, bool Applied, string Detail);

/// <summary>Settings of the C library that training runs need, and that only hold when made before libtorch is loaded.</summary>
/// <remarks>Changes the whole process, once; call it from the program's first lines. Without glibc it changes nothing and says so.</remarks>
internal static class AllocatorTuning
{
    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int SetEnvironment(
        [MarshalAs(UnmanagedType.LPUTF8Str)] string name, [MarshalAs(UnmanagedType.LPUTF8Str)] string value, int overwrite);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int SetMallocOption(int parameter, int value);

    /// <summary>
    /// glibc's malloc.h. A training step frees and asks for the same gigabytes again; by default each large block is mapped and
    /// unmapped, and the kernel zeroes every page anew. The price: memory that was used once stays with the process.
    /// </summary>
    private static readonly (int Parameter, int Value, string Setting)[] MallocOptions =
    [
        (-4, 0, "M_MMAP_MAX=0"),         // no mapping of its own for a large block: take it from the heap, where it can be used again
        (-1, -1, "M_TRIM_THRESHOLD=-1"), // never give the heap's free end back
        (-8, 1, "M_ARENA_MAX=1"),        // one heap, so that what one thread frees another finds (backward runs on its own thread)
    ];

    private const double MicrosecondsOfSpinning = 80;

    /// <summary>By these a user chooses other settings, or another allocator.</summary>
    private static readonly string[] ChoicesOfAllocator =
        ["GLIBC_TUNABLES", "MALLOC_MMAP_MAX_", "MALLOC_TRIM_THRESHOLD_", "MALLOC_ARENA_MAX", "LD_PRELOAD"];

    /// <summary>Applies all settings that the user has not made in the environment.</summary>
    /// <returns>One result a setting; never throws for what a system lacks.</returns>
    public static IReadOnlyList<TuningResult> Apply()
    {
        var results = new List<TuningResult>();
        if (!OperatingSystem.IsLinux() || !NativeLibrary.TryLoad("libc.so.6", out IntPtr libc))
        {
            string reason = $"left: {RuntimeInformation.RuntimeIdentifier} has no glibc, whose setting this is";
            results.AddRange(Waiting().Select(o => new TuningResult($"{o.Name}={o.Value}", false, reason)));
            results.AddRange(MallocOptions.Select(o => new TuningResult(o.Setting, false, reason)));
            return results;
        }
        results.AddRange(Waiting().Select(o => SetVariable(libc, o.Name, o.Value)));
        results.AddRange(Malloc(libc));
        return results;
    }

    /// <summary>
    /// How OpenMP's threads wait for work: they spin for a moment, and then sleep. Waking one takes about as long,
    /// and torch has thousands of short pieces of work in a step. Threads that spun for longer would take the core from
    /// another process, or from the thread whose work they wait for.
    /// </summary>
    private static IEnumerable<(string Name, string Value)> Waiting()
    {
        yield return ("OMP_WAIT_POLICY", "PASSIVE");
        if (Environment.GetEnvironmentVariable("OMP_WAIT_POLICY") is null && X86Base.IsSupported)
            yield return ("GOMP_SPINCOUNT", ((int)(MicrosecondsOfSpinning / MicrosecondsOfPause())).ToString(CultureInfo.InvariantCulture));
    }

    // libgomp counts pauses, which last three times as long on one processor as on another. The shortest of several tries: the
    // others were interrupted.
    private static double MicrosecondsOfPause()
    {
        const int Tries = 5, Pauses = 100;
        return Enumerable.Range(0, Tries).Min(_ =>
        {
            long start = Stopwatch.GetTimestamp();
            for (int i = 0; i < Pauses; i++)
                X86Base.Pause();
            return Stopwatch.GetElapsedTime(start).TotalMicroseconds / Pauses;
        });
    }

    /// <summary>Through the C library, since libgomp reads the C environment, which .NET copies at start and does not write back to.</summary>
    private static TuningResult SetVariable(IntPtr libc, string name, string value)
    {
        string setting = $"{name}={value}";
        if (Environment.GetEnvironmentVariable(name) is { } chosen)
            return new(setting, false, $"left: the environment sets {name}={chosen}");
        if (OpenMpIsLoaded())
            return new(setting, false, "left: libgomp was loaded already and reads it only then; " +
                "apply the tuning earlier in the program");
        if (!NativeLibrary.TryGetExport(libc, "setenv", out IntPtr address))
            return new(setting, false, "left: this C library has no setenv");
        int error = Marshal.GetDelegateForFunctionPointer<SetEnvironment>(address)(name, value, 0);
        return error == 0 ? new(setting, true, "set") : new(setting, false, $"left: setenv returned {error}");
    }

    private static IEnumerable<TuningResult> Malloc(IntPtr libc)
    {
        string? chosen = ChoicesOfAllocator.FirstOrDefault(name => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(name)));
        if (chosen is not null)
        {
            string reason = $"left: the environment sets {chosen}={Environment.GetEnvironmentVariable(chosen)}";
            return MallocOptions.Select(o => new TuningResult(o.Setting, false, reason));
        }
        if (!NativeLibrary.TryGetExport(libc, "mallopt", out IntPtr address))
            return MallocOptions.Select(o => new TuningResult(o.Setting, false, "left: this C library has no mallopt"));
        var set = Marshal.GetDelegateForFunctionPointer<SetMallocOption>(address);
        return [.. MallocOptions.Select(o => set(o.Parameter, o.Value) == 1
            ? new TuningResult(o.Setting, true, "set")
            : new TuningResult(o.Setting, false, "left: mallopt refused it"))];
    }

    private static bool OpenMpIsLoaded()
    {
        try { return File.ReadLines("/proc/self/maps").Any(line => line.Contains("libgomp", StringComparison.Ordinal)); }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return false; // no /proc: set it, at worst in vain
        }
    }
}
