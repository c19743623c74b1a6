namespace Tenon.Layers;

/// <summary>
/// A table of vectors looked up by index. Unlike torch's own module, it is created directly on its device, so on the meta device
/// a table of any size costs nothing, and its weight can be shared with an output head.
/// </summary>
public sealed class Embedding : NamedModule<Tensor, Tensor>
{
    /// <summary>Creates an uninitialized table. State name: <c>weight</c>.</summary>
    /// <param name="count">Number of vectors, N.</param>
    /// <param name="size">Size of each, E.</param>
    /// <param name="context">The device of the model.</param>
    public Embedding(long count, long size, BuildContext context) : base(nameof(Embedding))
    {
        ArgumentNullException.ThrowIfNull(context);
        register_parameter("weight", new Parameter(torch.empty([count, size], torch.ScalarType.Float32, context.Device)));
    }

    /// <summary>float32 [N, E]. Owned by the layer.</summary>
    public Parameter Weight => get_parameter("weight")!;

    /// <summary>Looks up vectors.</summary>
    /// <param name="ids">int64 of any shape, each in [0, N). Not disposed.</param>
    /// <returns>float32 [..., E] in the current dispose scope.</returns>
    public override Tensor forward(Tensor ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        // Not Weight.index([ids]): on a CPU its backward pass adds the rows of a token in the order in which threads arrive, so a
        // run would not be reproducible bit for bit.
        using DisposeScope scope = torch.NewDisposeScope();
        return Weight.index_select(0, ids.reshape(-1)).reshape([.. ids.shape, Weight.size(1)]).MoveToOuterDisposeScope();
    }
}
