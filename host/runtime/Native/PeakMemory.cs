using System.Diagnostics;

namespace Tenon.Host.Native;

/// <summary>The highest resident memory of this process (Linux: VmHWM).</summary>
internal static class PeakMemory
{
    private const string File = "/proc/self/clear_refs";

    // proc(5): resets the peak to the current value.
    private const string ResetPeak = "5";

    /// <summary>Begins a new peak with the memory that is in use now, without free pages of the heap.</summary>
    /// <returns>Whether the system can do that.</returns>
    public static bool Reset()
    {
        FreedHeap.Return();
        if (!System.IO.File.Exists(File))
            return false;
        try
        {
            System.IO.File.WriteAllText(File, ResetPeak);
            return true;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            return false; // a sandbox whose /proc is read-only
        }
    }

    /// <summary>Bytes since the last <see cref="Reset"/>, or since the start of the process.</summary>
    public static long Bytes()
    {
        using Process process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }
}
