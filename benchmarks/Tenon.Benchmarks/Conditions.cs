using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using TorchSharp;

namespace Tenon.Benchmarks;

/// <summary>What measurements run with: processor, threads, torch's library of matrix products, and the load of the machine.</summary>
internal static partial class Conditions
{
    /// <summary>The load average per core above which nothing is measured, because other programs would change ratios.</summary>
    public const double MostLoadPerCore = 0.5;

    private const string Load = "/proc/loadavg";
    private const string Torch = "libtorch_cpu.so";

    /// <summary>Describes the conditions in one line.</summary>
    /// <param name="threads">Number of torch threads.</param>
    public static string Describe(int threads)
    {
        using IOpenDevice device = Case.Open("cpu", "fp32", threads);
        // The description continues with settings.
        string processor = device.Description.Split(',')[0];
        string load = LoadAverage() is { } average ? Invariant($", load average {average:0.00}") : "";
        return Invariant($"{processor}, {Environment.ProcessorCount} cores, {threads} threads, {Products()}{load}");
    }

    /// <summary>Returns why ratios would be wrong now, or null if nothing else runs.</summary>
    public static string? Busy() => LoadAverage() is { } average ? Busy(average, Environment.ProcessorCount) : null;

    /// <summary>Returns why ratios would be wrong under a load, or null.</summary>
    /// <param name="average">Programs that ran or waited for a processor in the last minute, on average.</param>
    /// <param name="cores">Number of processors.</param>
    public static string? Busy(double average, int cores) => average <= MostLoadPerCore * cores ? null : Invariant(
        $"The load average is {average:0.00} on {cores} cores, above {MostLoadPerCore} per core: other programs run, or have run within ") +
        "the last minute, and ratios would be wrong. Wait until they end, or measure anyway with --busy.";

    // Of the last minute. Null on systems that do not report it.
    private static double? LoadAverage() =>
        File.Exists(Load) ? double.Parse(File.ReadAllText(Load).Split(' ')[0], CultureInfo.InvariantCulture) : null;

    // Libtorch contains MKL on x64 processors.
    private static string Products()
    {
        if (!NativeLibrary.TryLoad(Torch, typeof(torch).Assembly, null, out nint library)
            || !NativeLibrary.TryGetExport(library, "MKL_Get_Version_String", out nint version))
            return "BLAS of libtorch";
        byte[] text = new byte[256];
        Marshal.GetDelegateForFunctionPointer<VersionOf>(version)(text, text.Length);
        return Mkl.Match(Encoding.ASCII.GetString(text)) is { Success: true } match ? $"MKL {match.Groups[1].Value}" : "MKL";
    }

    [GeneratedRegex(@"Version ([0-9.]+)")]
    private static partial Regex Mkl { get; }

    private delegate void VersionOf(byte[] text, int length);

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
