using System.Runtime.InteropServices;

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
            results.Add(new("OMP_WAIT_POLICY=PASSIVE", false, reason));
            results.AddRange(MallocOptions.Select(o => new TuningResult(o.Setting, false, reason)));
            return results;
        }
        results.Add(WaitPolicy(libc));
        results.AddRange(Malloc(libc));
        return results;
    }

    /// <summary>
    /// Idle OpenMP threads sleep instead of spinning: free on a quiet machine, 1.6 times as fast when another process takes a core.
    /// Through the C library, since libgomp reads the C environment, which .NET copies at start and does not write back to.
    /// </summary>
    private static TuningResult WaitPolicy(IntPtr libc)
    {
        const string Name = "OMP_WAIT_POLICY", Value = "PASSIVE", Setting = Name + "=" + Value;
        if (Environment.GetEnvironmentVariable(Name) is { } chosen)
            return new(Setting, false, $"left: the environment sets {Name}={chosen}");
        if (OpenMpIsLoaded())
            return new(Setting, false, "left: libgomp was loaded already and reads it only then; " +
                "apply the tuning earlier in the program");
        if (!NativeLibrary.TryGetExport(libc, "setenv", out IntPtr address))
            return new(Setting, false, "left: this C library has no setenv");
        int error = Marshal.GetDelegateForFunctionPointer<SetEnvironment>(address)(Name, Value, 0);
        return error == 0 ? new(Setting, true, "set") : new(Setting, false, $"left: setenv returned {error}");
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
