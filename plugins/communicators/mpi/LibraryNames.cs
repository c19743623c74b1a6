using System.Text.RegularExpressions;

namespace Tenon.Mpi;

/// <summary>File names and versions of MPI libraries.</summary>
internal static partial class LibraryNames
{
    private const string OpenMpi = "libmpi.so.40";

    // The common binary interface of MPICH, Intel MPI and Cray MPI has the second name; Debian's MPICH has the first.
    private static readonly string[] _mpich = ["libmpich.so.12", "libmpi.so.12"];

    /// <summary>
    /// Returns the names to try, those that fit the launcher: processes that load another library than the one that the launcher
    /// expects do not find each other.
    /// </summary>
    /// <param name="variable">Returns an environment variable.</param>
    public static string[] Candidates(Func<string, string?> variable)
    {
        if (variable("OMPI_COMM_WORLD_SIZE") is not null)
            return [OpenMpi];
        return variable("PMI_SIZE") is not null ? _mpich : [OpenMpi, .. _mpich];
    }

    /// <summary>Shortens what a library reports about itself: <c>Open MPI 4.1.4</c>, <c>MPICH 4.0.2</c>.</summary>
    /// <param name="text">The result of MPI_Get_library_version.</param>
    public static string Version(string text)
    {
        if (OpenMpiVersion().Match(text) is { Success: true } openMpi)
            return $"Open MPI {openMpi.Groups[1].Value}";
        return MpichVersion().Match(text) is { Success: true } mpich
            ? $"MPICH {mpich.Groups[1].Value}" : text.Split('\n')[0].Split(',')[0].Trim();
    }

    [GeneratedRegex(@"Open MPI v(\d[\w.]*)")]
    private static partial Regex OpenMpiVersion();

    [GeneratedRegex(@"MPICH Version:\s*(\d[\w.]*)")]
    private static partial Regex MpichVersion();
}
