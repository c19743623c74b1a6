using static TorchSharp.torch;

namespace Tenon.Host.Training.Optimizers;

/// <summary>One tensor that an optimizer keeps for a parameter.</summary>
/// <param name="Name">In checkpoints, follows the parameter's name and a dot.</param>
/// <param name="Kind">Its shape, and which parameters have it.</param>
internal sealed record StateTensor(string Name, StateShape Kind)
{
    /// <summary>Numbers in a block of quantized state (Dettmers et al. 2022, section 2.1).</summary>
    public const int BlockSize = 2048;

    /// <summary>Returns the type of the tensor.</summary>
    /// <param name="parameter">The parameter's type.</param>
    public ScalarType Type(ScalarType parameter) => Kind switch
    {
        StateShape.Counter or StateShape.BlocksOfMatrix => ScalarType.Float32,
        StateShape.CodesOfMatrix => ScalarType.Byte,
        _ => parameter,
    };

    /// <summary>Returns the bytes of the tensor of a float32 parameter.</summary>
    /// <param name="parameter">The parameter's shape.</param>
    public long Bytes(IReadOnlyList<long> parameter) =>
        Product(Shape(parameter)) * (Kind == StateShape.CodesOfMatrix ? sizeof(byte) : sizeof(float));

    /// <summary>Returns whether parameters of a kind have the tensor.</summary>
    /// <param name="matrix">Whether the parameter has two dimensions or more.</param>
    public bool Applies(bool matrix) => Kind switch
    {
        StateShape.RowsOfMatrix or StateShape.ColumnsOfMatrix or StateShape.CodesOfMatrix or StateShape.BlocksOfMatrix => matrix,
        StateShape.SameOfVector => !matrix,
        _ => true,
    };

    /// <summary>
    /// Returns the tensor's shape for a parameter. More than two dimensions are treated as a matrix of the first by all others.
    /// </summary>
    /// <param name="parameter">The parameter's shape.</param>
    public IReadOnlyList<long> Shape(IReadOnlyList<long> parameter) => Kind switch
    {
        StateShape.Counter => [],
        StateShape.RowsOfMatrix => [parameter[0]],
        StateShape.ColumnsOfMatrix => [Product(parameter.Skip(1))],
        StateShape.BlocksOfMatrix => [(Product(parameter) + BlockSize - 1) / BlockSize],
        _ => parameter,
    };

    /// <summary>Returns the tensor's initial value, in the memory layout of the parameter, over both of which kernels iterate.</summary>
    /// <param name="parameter">The parameter.</param>
    public Tensor Zero(Tensor parameter) => Kind is StateShape.Same or StateShape.SameOfVector
        ? zeros_like(parameter, requires_grad: false)
        : zeros([.. Shape(parameter.shape)], Type(parameter.dtype), parameter.device);

    private static long Product(IEnumerable<long> sizes) => sizes.Aggregate(1L, (product, size) => product * size);
}

/// <summary>Shapes of optimizer state.</summary>
internal enum StateShape
{
    /// <summary>One number.</summary>
    Counter,

    /// <summary>The parameter's shape.</summary>
    Same,

    /// <summary>The parameter's shape, for vectors only.</summary>
    SameOfVector,

    /// <summary>One number per row, for matrices only.</summary>
    RowsOfMatrix,

    /// <summary>One number per column, for matrices only.</summary>
    ColumnsOfMatrix,

    /// <summary>The parameter's shape, a byte per number, for matrices only.</summary>
    CodesOfMatrix,

    /// <summary>One number per block of codes, for matrices only.</summary>
    BlocksOfMatrix,
}
