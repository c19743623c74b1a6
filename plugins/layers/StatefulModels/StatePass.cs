namespace Tenon.Layers;

/// <summary>The result of a pass over tokens.</summary>
/// <param name="Output">float32 [B, T, H]; values after the end of a short row are arbitrary.</param>
/// <param name="State">The state after the last token of each row; the first dimension of each tensor is B.</param>
public sealed record StatePass(Tensor Output, IReadOnlyList<Tensor> State)
{
    /// <summary>Moves the tensors to the outer dispose scope.</summary>
    /// <returns>The same object.</returns>
    public StatePass MoveToOuterDisposeScope()
    {
        Output.MoveToOuterDisposeScope();
        foreach (Tensor tensor in State)
            tensor.MoveToOuterDisposeScope();
        return this;
    }
}
