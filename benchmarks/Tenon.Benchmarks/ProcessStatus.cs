using System.Globalization;

namespace Tenon.Benchmarks;

/// <summary>What Linux reports about a process in <c>/proc</c>.</summary>
internal static class ProcessStatus
{
    /// <summary>The field of the resident memory.</summary>
    public const string Resident = "VmRSS:";

    /// <summary>The field of the peak of the resident memory.</summary>
    public const string PeakResident = "VmHWM:";

    /// <summary>Reads a field of <c>/proc/ID/status</c> in KiB; null if the process has ended.</summary>
    /// <param name="id">Id of the process.</param>
    /// <param name="field">The field, with its colon.</param>
    public static double? KiB(int id, string field)
    {
        string? line = File.ReadLines($"/proc/{id}/status").FirstOrDefault(each => each.StartsWith(field, StringComparison.Ordinal));
        return line is null ? null
            : double.Parse(line[field.Length..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture);
    }
}
