using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace Tenon.Host.Native;

/// <summary>There is not enough memory. The request was too large; no plugin is to blame.</summary>
public sealed partial class MemoryException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">States how much memory is needed, how much is available and how to fix it.</param>
    public MemoryException(string message) : base(message) { }

    /// <summary>Creates the exception with its cause.</summary>
    /// <param name="message">States how much memory is needed, how much is available and how to fix it.</param>
    /// <param name="cause">The underlying exception.</param>
    public MemoryException(string message, Exception cause) : base(message, cause) { }

    /// <summary>
    /// Describes a failed allocation of libtorch or .NET in one sentence; null if an exception has another cause.
    /// </summary>
    /// <param name="failure">Any exception.</param>
    internal static MemoryException? Of(Exception failure)
    {
        for (Exception? cause = failure; cause is not null; cause = cause.InnerException)
        {
            if (cause is MemoryException known)
                return known;
            // TorchSharp throws this type for exceptions of native code.
            bool isNative = cause is ExternalException && (Requested().IsMatch(cause.Message) || BadAllocation().IsMatch(cause.Message));
            if (!isNative && cause is not OutOfMemoryException)
                continue;
            Match requested = Requested().Match(cause.Message);
            string amount = requested.Groups["bytes"] is { Success: true, Value: var bytes }
                && long.TryParse(bytes, CultureInfo.InvariantCulture, out long number)
                ? Text(number)
                : requested.Groups["size"] is { Success: true, Value: var size } ? size : "more";
            string place = cause.Message.Contains("CUDA", StringComparison.Ordinal) ? "GPU memory" : "memory";
            string left = place == "memory" && FreeMemory.Now() is { } free ? $" {Text(free.Bytes)} is free." : "";
            return new MemoryException(
                $"Not enough {place}: {amount} could not be allocated.{left} Use smaller batches, a shorter context, a smaller model or " +
                "smaller images, or close other programs.", failure);
        }

        return null;
    }

    /// <summary>Formats bytes with a binary prefix: <c>2.5 TiB</c>.</summary>
    /// <param name="bytes">Not negative.</param>
    internal static string Text(long bytes)
    {
        string[] units = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
        double amount = bytes / 1024.0;
        int unit = 0;
        for (; amount >= 1024 && unit < units.Length - 1; unit++)
            amount /= 1024;
        return string.Create(CultureInfo.InvariantCulture, $"{amount:0.0} {units[unit]}");
    }

    // "DefaultCPUAllocator: can't allocate memory: you tried to allocate 80000 bytes" and "CUDA out of memory. Tried to allocate 2.00 GiB."
    [GeneratedRegex(@"[Tt]ried to allocate ((?<bytes>\d+) bytes|(?<size>[\d.]+ [KMGT]?i?B))")]
    private static partial Regex Requested();

    [GeneratedRegex(@"std::bad_alloc|out of memory|can't allocate memory|not enough memory", RegexOptions.IgnoreCase)]
    private static partial Regex BadAllocation();
}
