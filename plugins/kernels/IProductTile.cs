namespace Tenon.Kernels;

/// <summary>
/// The inner loop of a matrix product, which computes a tile of the result in the CPU's vector registers. Implementations are
/// structs, so that the JIT specializes the code that uses them.
/// </summary>
internal unsafe interface IProductTile
{
    /// <summary>Rows of the tile.</summary>
    static abstract int Rows { get; }

    /// <summary>Columns of the tile.</summary>
    static abstract int Columns { get; }

    /// <summary>Adds the product to initial values and stores the sums.</summary>
    /// <param name="rows">float32 [depth, Rows]: the left operand, packed.</param>
    /// <param name="panel">float32 [depth, Columns]: the right operand, packed.</param>
    /// <param name="depth">Number of terms in each sum.</param>
    /// <param name="start">float32 [Rows, Columns]: the initial values.</param>
    /// <param name="startStride">Values from one row of the initial values to the next; 0 if all rows share the same values.</param>
    /// <param name="result">float32 [Rows, Columns], written; may be the same memory as the initial values.</param>
    /// <param name="stride">Values from one row of the result to the next.</param>
    static abstract void Multiply(float* rows, float* panel, nint depth, float* start, nint startStride, float* result, nint stride);
}
