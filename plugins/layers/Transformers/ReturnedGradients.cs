namespace Tenon.Layers;

/// <summary>
/// The gradients that a function's backward pass returns. Torch has read them by the time of the next one on the same thread,
/// where they are disposed: kept until the end of the step, a gradient of each function would stay in memory.
/// </summary>
internal static class ReturnedGradients
{
    [ThreadStatic]
    private static List<Tensor?>? _last;

    /// <summary>The list that the backward pass returns, instead of the last one's.</summary>
    /// <param name="gradients">In the innermost dispose scope, and moved out of it; null where there is none.</param>
    public static List<Tensor> Of(params IEnumerable<Tensor?> gradients)
    {
        _last?.ForEach(tensor => tensor?.Dispose());
        _last = [.. gradients.Select(gradient => gradient?.MoveToOuterDisposeScope())];
        return [.. _last.Select(gradient => gradient!)];
    }
}
