using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Tenon.Host.Native;

/// <summary>A setting of the native libraries and whether it was applied.</summary>
/// <param name="Setting">Name of the setting, as in its documentation.</param>
/// <param name="Applied">False if it was left unchanged.</param>
/// <param name="Detail">The effective value, or why it was left unchanged.</param>
internal sealed record TuningResult(string Setting, bool Applied, string Detail);

/// <summary>Settings of the C library for training; they take effect only before libtorch is loaded.</summary>
/// <remarks>
/// Affects the whole process; call it once, when the program starts. Without glibc it has no effect, which it reports.
/// </remarks>
internal static class AllocatorTuning
{
    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int SetEnvironment(
        [MarshalAs(UnmanagedType.LPUTF8Str)] string name, [MarshalAs(UnmanagedType.LPUTF8Str)] string value, int overwrite);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int SetMallocOption(int parameter, int value);

    /// <summary>
    /// The options in glibc's malloc.h. A training step repeatedly frees and allocates the same gigabytes; by default, each large
    /// block is mapped and unmapped, and the kernel zeroes every page again. The price: memory is never returned to the system.
    /// </summary>
    private static readonly (int Parameter, int Value, string Setting)[] MallocOptions =
    [
        (-4, 0, "M_MMAP_MAX=0"),         // no separate mapping for large blocks: allocate them on the heap, where they are reused
        (-1, -1, "M_TRIM_THRESHOLD=-1"), // never return the free end of the heap
        // one heap, so that memory freed by one thread is reused by others (backward runs on its own thread)
        (-8, 1, "M_ARENA_MAX=1"),
    ];

    private const double MicrosecondsOfSpinning = 80;

    /// <summary>Environment variables with which a user chooses other settings or another allocator.</summary>
    private static readonly string[] ChoicesOfAllocator =
        ["GLIBC_TUNABLES", "MALLOC_MMAP_MAX_", "MALLOC_TRIM_THRESHOLD_", "MALLOC_ARENA_MAX", "LD_PRELOAD"];

    /// <summary>The variable with which the user has chosen other settings or another allocator; null if there is none.</summary>
    public static string? ChosenByUser() => ChoicesOfAllocator.FirstOrDefault(
        name => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value && value != HeapRestart.Settings);

    /// <summary>Applies all settings that are not set in the environment.</summary>
    /// <returns>One result per setting; never throws on unsupported systems.</returns>
    public static IReadOnlyList<TuningResult> Apply()
    {
        var results = new List<TuningResult>();
        if (!OperatingSystem.IsLinux() || !NativeLibrary.TryLoad("libc.so.6", out IntPtr libc))
        {
            string reason = $"unchanged: {RuntimeInformation.RuntimeIdentifier} has no glibc";
            results.AddRange(Waiting().Select(o => new TuningResult($"{o.Name}={o.Value}", false, reason)));
            results.AddRange(MallocOptions.Select(o => new TuningResult(o.Setting, false, reason)));
            return results;
        }
        results.AddRange(Waiting().Select(o => SetVariable(libc, o.Name, o.Value)));
        results.AddRange(Malloc(libc));
        return results;
    }

    /// <summary>
    /// How OpenMP threads wait for work: they spin briefly, then sleep. Waking a thread takes about as long as spinning, and a step
    /// has thousands of short tasks. Longer spinning would take the core away from other processes, or from the thread that is
    /// being waited for.
    /// </summary>
    private static IEnumerable<(string Name, string Value)> Waiting()
    {
        yield return ("OMP_WAIT_POLICY", "PASSIVE");
        if (Environment.GetEnvironmentVariable("OMP_WAIT_POLICY") is null && X86Base.IsSupported)
            yield return ("GOMP_SPINCOUNT", ((int)(MicrosecondsOfSpinning / MicrosecondsOfPause())).ToString(CultureInfo.InvariantCulture));
    }

    // libgomp counts pause instructions, whose duration differs by up to a factor of three between processors. The minimum of
    // several measurements is used, because longer ones were interrupted.
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

    /// <summary>
    /// Sets a variable through the C library, because libgomp reads the C environment, which .NET copies at start and never
    /// updates.
    /// </summary>
    private static TuningResult SetVariable(IntPtr libc, string name, string value)
    {
        string setting = $"{name}={value}";
        if (Environment.GetEnvironmentVariable(name) is { } chosen)
            return new(setting, false, $"unchanged: the environment sets {name}={chosen}");
        if (OpenMpIsLoaded())
            return new(setting, false, "unchanged: libgomp is already loaded and reads it only while loading; " +
                "apply the tuning earlier in the program");
        if (!NativeLibrary.TryGetExport(libc, "setenv", out IntPtr address))
            return new(setting, false, "unchanged: this C library has no setenv");
        int error = Marshal.GetDelegateForFunctionPointer<SetEnvironment>(address)(name, value, 0);
        return error == 0 ? new(setting, true, "set") : new(setting, false, $"unchanged: setenv returned {error}");
    }

    private static IEnumerable<TuningResult> Malloc(IntPtr libc)
    {
        if (ChosenByUser() is { } chosen)
        {
            string reason = $"unchanged: the environment sets {chosen}={Environment.GetEnvironmentVariable(chosen)}";
            return MallocOptions.Select(o => new TuningResult(o.Setting, false, reason));
        }
        if (!NativeLibrary.TryGetExport(libc, "mallopt", out IntPtr address))
            return MallocOptions.Select(o => new TuningResult(o.Setting, false, "unchanged: this C library has no mallopt"));
        var set = Marshal.GetDelegateForFunctionPointer<SetMallocOption>(address);
        return [.. HeapRestart.IsDone ? [new TuningResult(HeapRestart.Settings, true, "set")] : Array.Empty<TuningResult>(),
            .. MallocOptions.Select(o => set(o.Parameter, o.Value) == 1
            ? new TuningResult(o.Setting, true, "set")
            : new TuningResult(o.Setting, false, "unchanged: mallopt rejected it"))];
    }

    private static bool OpenMpIsLoaded()
    {
        try { return File.ReadLines("/proc/self/maps").Any(line => line.Contains("libgomp", StringComparison.Ordinal)); }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return false; // without /proc, set it even though it may have no effect
        }
    }
}
