using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Text;

namespace Tenon.Mpi;

/// <summary>A loaded MPI library and its functions (MPI: A Message-Passing Interface Standard, version 3.1).</summary>
internal sealed unsafe class MpiLibrary
{
    // The longest text that MPI returns: MPI_MAX_LIBRARY_VERSION_STRING is 256 in Open MPI and 8192 in MPICH.
    private const int LongestText = 8192;

    private static readonly Lock _loading = new();
    private static readonly Dictionary<string, MpiLibrary> _loaded = new(StringComparer.Ordinal);

    private readonly nint _library;

    private MpiLibrary(string file, nint library)
    {
        (File, _library, Abi) = (file, library, MpiAbi.Of(library));
        Test = (delegate* unmanaged<nint*, int*, nint, int>)Export("MPI_Test");
        AllReduce = (delegate* unmanaged<nint, nint, int, nint, nint, nint, nint*, int>)Export("MPI_Iallreduce");
        Broadcast = (delegate* unmanaged<nint, int, nint, int, nint, nint*, int>)Export("MPI_Ibcast");
        AllGather = (delegate* unmanaged<nint, int, nint, nint, int, nint, nint, nint*, int>)Export("MPI_Iallgather");
        ReduceScatter = (delegate* unmanaged<nint, nint, int, nint, nint, nint, nint*, int>)Export("MPI_Ireduce_scatter_block");
        Send = (delegate* unmanaged<nint, int, nint, int, int, nint, nint*, int>)Export("MPI_Isend");
        Receive = (delegate* unmanaged<nint, int, nint, int, int, nint, nint*, int>)Export("MPI_Irecv");
        Barrier = (delegate* unmanaged<nint, nint*, int>)Export("MPI_Ibarrier");
    }

    /// <summary>Name or path of the library.</summary>
    public string File { get; }

    /// <summary>Its constants.</summary>
    public MpiAbi Abi { get; }

    /// <summary>Its name and version: <c>Open MPI 4.1.4</c>.</summary>
    public string Version => field ??= ReadVersion();

    /// <summary><c>MPI_Test</c>: request, flag, status.</summary>
    public delegate* unmanaged<nint*, int*, nint, int> Test { get; }

    /// <summary><c>MPI_Iallreduce</c>: send, receive, count, type, operation, communicator, request.</summary>
    public delegate* unmanaged<nint, nint, int, nint, nint, nint, nint*, int> AllReduce { get; }

    /// <summary><c>MPI_Ibcast</c>: buffer, count, type, root, communicator, request.</summary>
    public delegate* unmanaged<nint, int, nint, int, nint, nint*, int> Broadcast { get; }

    /// <summary><c>MPI_Iallgather</c>: send, count, type, receive, count, type, communicator, request.</summary>
    public delegate* unmanaged<nint, int, nint, nint, int, nint, nint, nint*, int> AllGather { get; }

    /// <summary><c>MPI_Ireduce_scatter_block</c>: send, receive, count of each rank, type, operation, communicator, request.</summary>
    public delegate* unmanaged<nint, nint, int, nint, nint, nint, nint*, int> ReduceScatter { get; }

    /// <summary><c>MPI_Isend</c>: buffer, count, type, destination, tag, communicator, request.</summary>
    public delegate* unmanaged<nint, int, nint, int, int, nint, nint*, int> Send { get; }

    /// <summary><c>MPI_Irecv</c>: buffer, count, type, source, tag, communicator, request.</summary>
    public delegate* unmanaged<nint, int, nint, int, int, nint, nint*, int> Receive { get; }

    /// <summary><c>MPI_Ibarrier</c>: communicator, request.</summary>
    public delegate* unmanaged<nint, nint*, int> Barrier { get; }

    /// <summary>Loads a library, once per process.</summary>
    /// <param name="chosen">Name or path; null for the one of the launcher, or the first that is installed.</param>
    /// <param name="library">The library.</param>
    /// <param name="reason">Why there is none, and how to fix it.</param>
    public static bool TryLoad(
        string? chosen, [NotNullWhen(true)] out MpiLibrary? library, [NotNullWhen(false)] out string? reason)
    {
        lock (_loading)
        {
            // UCX, which Open MPI uses, would otherwise handle the signal with which .NET notices null references, and end the process.
            NativeEnvironment.SetDefault("UCX_HANDLE_ERRORS", "none");
            string[] names = chosen is null ? LibraryNames.Candidates(Environment.GetEnvironmentVariable) : [chosen];
            foreach (string name in names)
            {
                if (_loaded.TryGetValue(name, out library)
                    || (NativeLibrary.TryLoad(name, out nint handle) && TryUse(name, handle, out library)))
                {
                    reason = null;
                    return true;
                }
            }

            library = null;
            reason = $"No MPI library was found: {string.Join(", ", names)}. Install Open MPI (Debian: openmpi-bin) or MPICH (mpich), or " +
                "set parallel:library to the path of another library with one of their binary interfaces.";
            return false;
        }
    }

    /// <summary>Returns a function of the library.</summary>
    /// <param name="name">Its name.</param>
    public nint Export(string name) => NativeLibrary.GetExport(_library, name);

    /// <summary>Throws if a function failed.</summary>
    /// <param name="code">Its result.</param>
    /// <param name="function">Its name.</param>
    /// <exception cref="CommunicationException">The result is not MPI_SUCCESS.</exception>
    public void Check(int code, string function)
    {
        if (code == 0)
            return;
        var explain = (delegate* unmanaged<int, byte*, int*, int>)Export("MPI_Error_string");
        throw new CommunicationException($"{function} failed: {Text((text, length) => explain(code, (byte*)text, (int*)length))}");
    }

    private static bool TryUse(string name, nint handle, [NotNullWhen(true)] out MpiLibrary? library)
    {
        library = null;
        if (!NativeLibrary.TryGetExport(handle, "MPI_Init_thread", out _))
            return false;
        library = _loaded[name] = new MpiLibrary(name, handle);
        return true;
    }

    // May be called before MPI_Init.
    private string ReadVersion()
    {
        var read = (delegate* unmanaged<byte*, int*, int>)Export("MPI_Get_library_version");
        return LibraryNames.Version(Text((text, length) => read((byte*)text, (int*)length)));
    }

    private static string Text(Func<nint, nint, int> read)
    {
        byte* text = stackalloc byte[LongestText];
        int length = 0;
        _ = read((nint)text, (nint)(&length));
        return Encoding.UTF8.GetString(text, Math.Clamp(length, 0, LongestText)).TrimEnd('\0', '\n', ' ');
    }
}
