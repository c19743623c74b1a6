using System.Collections;
using System.Runtime.InteropServices;
using System.Text;

namespace Tenon.Host.Native;

/// <summary>
/// Starts the program again with settings of glibc's heap, which it reads only when a program starts.
/// </summary>
/// <remarks>
/// Torch aligns its blocks of memory. Before glibc 2.38, the heap cuts an aligned block out of a larger one, and its caches of small blocks
/// keep the offcuts apart from the block when both are free, so that the next aligned block of the same size does not fit there. Without
/// these caches, the peak of a run is lower by a sixth and more, at the same speed.
/// </remarks>
internal static class HeapRestart
{
    /// <summary>The environment variable with the settings.</summary>
    public const string Variable = "GLIBC_TUNABLES";

    /// <summary>The settings: no caches of small blocks.</summary>
    public const string Settings = "glibc.malloc.tcache_count=0:glibc.malloc.mxfast=0";

    private const string Self = "/proc/self/exe", CommandLine = "/proc/self/cmdline";

    // The first version whose aligned blocks are found again.
    private static readonly Version _mended = new(2, 38);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int Execute(
        [MarshalAs(UnmanagedType.LPUTF8Str)] string program,
        [MarshalAs(UnmanagedType.LPArray, ArraySubType = UnmanagedType.LPStr)] string?[] arguments,
        [MarshalAs(UnmanagedType.LPArray, ArraySubType = UnmanagedType.LPStr)] string?[] environment);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate IntPtr VersionText();

    /// <summary>Whether the settings are of use with this C library.</summary>
    public static bool IsUseful => Library() is not null;

    /// <summary>Whether this process has the settings.</summary>
    public static bool IsDone { get; } = Environment.GetEnvironmentVariable(Variable) == Settings;

    /// <summary>
    /// Starts the program again in this process, with the same arguments and the settings. Returns if they are of no use, if the user has
    /// chosen others, or if the system refuses. Called before anything is printed, read or started.
    /// </summary>
    public static void IfUseful()
    {
        if (IsDone)
        {
            // They are not those of other programs that this one starts.
            Environment.SetEnvironmentVariable(Variable, null);
            return;
        }

        if (AllocatorTuning.ChosenByUser() is not null || Library() is not { } libc
            || !NativeLibrary.TryGetExport(libc, "execve", out IntPtr execute))
            return;
        byte[] bytes = File.ReadAllBytes(CommandLine);
        string text = Encoding.UTF8.GetString(bytes);
        if (File.ResolveLinkTarget(Self, returnFinalTarget: false) is not { } program || !Encoding.UTF8.GetBytes(text).SequenceEqual(bytes))
            return;
        // Each argument ends with a zero.
        string?[] arguments = [.. text.Split('\0')[..^1], null];
        string?[] environment =
        [
            .. Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().Select(entry => $"{entry.Key}={entry.Value}"),
            $"{Variable}={Settings}", null,
        ];
        Marshal.GetDelegateForFunctionPointer<Execute>(execute)(program.FullName, arguments, environment);
    }

    // A C library for which the settings are of use, or null.
    private static IntPtr? Library() => OperatingSystem.IsLinux() && File.Exists(CommandLine)
        && NativeLibrary.TryLoad("libc.so.6", out IntPtr libc) && !IsMended(libc) ? libc : null;

    private static bool IsMended(IntPtr libc) => !NativeLibrary.TryGetExport(libc, "gnu_get_libc_version", out IntPtr version)
        || Marshal.PtrToStringUTF8(Marshal.GetDelegateForFunctionPointer<VersionText>(version)()) is not { } text
        || !Version.TryParse(text, out Version? found) || found >= _mended;
}
