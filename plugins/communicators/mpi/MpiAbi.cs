using System.Runtime.InteropServices;

namespace Tenon.Mpi;

/// <summary>
/// The constants of a binary interface. Handles are addresses of exported objects in Open MPI (<c>mpi.h</c>:
/// <c>OMPI_PREDEFINED_GLOBAL</c>) and numbers in MPICH (<c>mpi.h</c>), whose 32 bits are passed in the lower half.
/// </summary>
internal sealed record MpiAbi
{
    /// <summary>Name of the interface: <c>Open MPI</c> or <c>MPICH</c>.</summary>
    public required string Name { get; init; }

    /// <summary>All processes: <c>MPI_COMM_WORLD</c>.</summary>
    public required nint World { get; init; }

    /// <summary><c>MPI_BYTE</c>.</summary>
    public required nint Byte { get; init; }

    /// <summary><c>MPI_FLOAT</c>.</summary>
    public required nint Single { get; init; }

    /// <summary><c>MPI_DOUBLE</c>.</summary>
    public required nint Double { get; init; }

    /// <summary><c>MPI_INT32_T</c>.</summary>
    public required nint Int32 { get; init; }

    /// <summary><c>MPI_INT64_T</c>.</summary>
    public required nint Int64 { get; init; }

    /// <summary><c>MPI_SUM</c>.</summary>
    public required nint Sum { get; init; }

    /// <summary><c>MPI_MAX</c>.</summary>
    public required nint Maximum { get; init; }

    /// <summary><c>MPI_IN_PLACE</c>.</summary>
    public required nint InPlace { get; init; }

    /// <summary><c>MPI_STATUS_IGNORE</c>.</summary>
    public required nint NoStatus { get; init; }

    /// <summary><c>MPI_INFO_NULL</c>.</summary>
    public required nint NoInfo { get; init; }

    /// <summary><c>MPI_ERRORS_RETURN</c>.</summary>
    public required nint ErrorsReturn { get; init; }

    /// <summary><c>MPI_COMM_TYPE_SHARED</c>.</summary>
    public required int SharedMemory { get; init; }

    /// <summary>Returns the interface of a library.</summary>
    /// <param name="library">An MPI library.</param>
    public static MpiAbi Of(nint library) =>
        NativeLibrary.TryGetExport(library, "ompi_mpi_comm_world", out nint world) ? OpenMpi(library, world) : Mpich();

    private static MpiAbi OpenMpi(nint library, nint world)
    {
        return new MpiAbi
        {
            Name = "Open MPI",
            World = world,
            Byte = Address("ompi_mpi_byte"),
            Single = Address("ompi_mpi_float"),
            Double = Address("ompi_mpi_double"),
            Int32 = Address("ompi_mpi_int32_t"),
            Int64 = Address("ompi_mpi_int64_t"),
            Sum = Address("ompi_mpi_op_sum"),
            Maximum = Address("ompi_mpi_op_max"),
            InPlace = 1,
            NoStatus = 0,
            NoInfo = Address("ompi_mpi_info_null"),
            ErrorsReturn = Address("ompi_mpi_errors_return"),
            SharedMemory = 0,
        };

        nint Address(string name) => NativeLibrary.GetExport(library, name);
    }

    private static MpiAbi Mpich() => new()
    {
        Name = "MPICH",
        World = 0x44000000,
        Byte = 0x4c00010d,
        Single = 0x4c00040a,
        Double = 0x4c00080b,
        Int32 = 0x4c000439,
        Int64 = 0x4c00083a,
        Sum = 0x58000003,
        Maximum = 0x58000001,
        InPlace = -1,
        NoStatus = 1,
        NoInfo = 0x1c000000,
        ErrorsReturn = 0x54000001,
        SharedMemory = 1,
    };
}
