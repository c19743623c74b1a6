namespace Tenon.Mpi;

/// <summary>Processes that mpirun, mpiexec or srun started, through the MPI library of the machine.</summary>
[Communicator("mpi", "MPI: processes on one or many hosts, started by mpirun or srun")]
public sealed class Mpi : ICommunicatorFactory<MpiOptions>
{
    /// <inheritdoc/>
    public Availability Check(MpiOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return MpiLibrary.TryLoad(options.Library, out MpiLibrary? library, out string? reason)
            ? new Availability(true, $"{library.Version} ({library.File}, binary interface of {library.Abi.Name})")
            : new Availability(false, reason);
    }

    /// <inheritdoc/>
    public ICommunicator Open(MpiOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return MpiLibrary.TryLoad(options.Library, out MpiLibrary? library, out string? reason)
            ? MpiCommunicator.Connect(library)
            : throw new CommunicationException(reason);
    }
}
