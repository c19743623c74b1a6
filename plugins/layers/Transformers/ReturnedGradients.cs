namespace Tenon.Layers;

/// <summary>
/// The gradients that a function's backward pass returns. They are disposed when the next function on the same thread returns its
/// own, because torch has read them by then; otherwise a gradient of each function would stay in memory until the end of the
/// step.
/// </summary>
internal static class ReturnedGradients
{
    [ThreadStatic]
    private static List<Tensor?>? _last;

    /// <summary>The list that the backward pass returns; it replaces the previous one.</summary>
    /// <param name="gradients">In the innermost dispose scope, from which they are moved; null where there is none.</param>
    public static List<Tensor> Of(params IEnumerable<Tensor?> gradients)
    {
        _last?.ForEach(tensor => tensor?.Dispose());
        _last = [.. gradients.Select(gradient => gradient?.MoveToOuterDisposeScope())];
        return [.. _last.Select(gradient => gradient!)];
    }
}
