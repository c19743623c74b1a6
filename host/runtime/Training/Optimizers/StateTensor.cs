namespace Tenon.Host.Training.Optimizers;

/// <summary>One tensor that an optimizer keeps for a parameter.</summary>
/// <param name="Name">In checkpoints, follows the parameter's name and a dot.</param>
/// <param name="Kind">Its shape, and which parameters have it.</param>
internal sealed record StateTensor(string Name, StateShape Kind)
{
    /// <summary>Whether the tensor is a step count, which is always float32.</summary>
    public bool IsCounter => Kind == StateShape.Counter;

    /// <summary>Returns whether parameters of a kind have the tensor.</summary>
    /// <param name="matrix">Whether the parameter has two dimensions or more.</param>
    public bool Applies(bool matrix) => Kind switch
    {
        StateShape.RowsOfMatrix or StateShape.ColumnsOfMatrix => matrix,
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
        StateShape.ColumnsOfMatrix => [parameter.Skip(1).Aggregate(1L, (product, size) => product * size)],
        _ => parameter,
    };
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
}
