namespace Tenon.Host.Planning;

/// <summary>
/// How well the products of a layer occupy an accelerator: they are computed in tiles of 128 × 256 results, each by one
/// multiprocessor, and the last wave of tiles does not occupy all of them (NVIDIA, "Matrix multiplication background", tile and wave
/// quantization).
/// </summary>
/// <param name="hidden">Hidden size, h; the feed-forward network is assumed to be four times as wide.</param>
/// <param name="multiprocessors">Multiprocessors; 0 if unknown.</param>
internal sealed class ProductShapes(int hidden, int multiprocessors)
{
    private const double ShortSide = 128;
    private const double LongSide = 256;

    // The widths of a layer's four matrices in units of h, which are also their shares of the operations: queries, keys and values,
    // output, and the two of the feed-forward network. Tensor parallelism divides the columns of the first and third and the rows of the
    // others.
    private static readonly (double Input, double Output, bool DividesOutput)[] Matrices =
        [(1, 3, true), (1, 1, false), (1, 4, true), (4, 1, false)];

    /// <summary>Share of the large products' rate that the forward pass of a layer reaches, 0 … 1.</summary>
    /// <param name="rows">Positions of a micro-batch.</param>
    /// <param name="tensor">Accelerators that share the layer.</param>
    public double Forward(double rows, int tensor) => Mean(matrix => Occupancy(rows, Output(matrix, tensor)));

    /// <summary>The same for the backward pass: the gradients of the input, and those of the weights.</summary>
    /// <param name="rows">Positions of a micro-batch.</param>
    /// <param name="tensor">Accelerators that share the layer.</param>
    public double Backward(double rows, int tensor) => Mean(matrix =>
        2 / (1 / Occupancy(rows, Input(matrix, tensor)) + 1 / Occupancy(Input(matrix, tensor), Output(matrix, tensor))));

    private double Output((double Input, double Output, bool DividesOutput) matrix, int tensor) =>
        hidden * matrix.Output / (matrix.DividesOutput ? tensor : 1);

    private double Input((double Input, double Output, bool DividesOutput) matrix, int tensor) =>
        hidden * matrix.Input / (matrix.DividesOutput ? 1 : tensor);

    // Times add up, so shares are averaged harmonically.
    private static double Mean(Func<(double Input, double Output, bool DividesOutput), double> share) =>
        Matrices.Sum(matrix => matrix.Input * matrix.Output) / Matrices.Sum(matrix => matrix.Input * matrix.Output / share(matrix));

    private double Occupancy(double rows, double columns) => multiprocessors == 0 ? 1
        : Math.Max(InTiles(rows / ShortSide, columns / LongSide), InTiles(rows / LongSide, columns / ShortSide));

    private double InTiles(double tileRows, double tileColumns)
    {
        double tiles = Math.Ceiling(tileRows) * Math.Ceiling(tileColumns);
        double waves = Math.Ceiling(tiles / multiprocessors);
        return tileRows * tileColumns / (waves * multiprocessors);
    }
}
