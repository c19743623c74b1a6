namespace Tenon.Mpi;

/// <summary>Options of MPI.</summary>
public sealed record MpiOptions
{
    /// <summary>
    /// Name or path of the library. Null for the one of the launcher: <c>libmpi.so.40</c> (Open MPI) under Open MPI's mpirun,
    /// <c>libmpich.so.12</c> or <c>libmpi.so.12</c> (MPICH and relatives) under MPICH's; otherwise the first that is installed.
    /// </summary>
    public string? Library { get; init; }
}
