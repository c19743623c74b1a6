namespace Tenon.Layers;

/// <summary>Parameters of layers whose weights exist only in a packed format (<see cref="BuildContext.PackedOnly"/>).</summary>
internal static class AbsentWeight
{
    /// <summary>Creates the parameter of a layer: without values if the weight exists only in a packed format.</summary>
    /// <param name="shape">Shape of the parameter.</param>
    /// <param name="context">Device of the parameter.</param>
    /// <param name="packedOnly">The only format of the weight, or null for an ordinary, uninitialized parameter.</param>
    public static Parameter CreateOr(long[] shape, BuildContext context, WeightFormat? packedOnly)
    {
        if (packedOnly is null)
            return new Parameter(torch.empty(shape, torch.ScalarType.Float32, context.Device));
        using var untracked = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        // A single NaN, expanded: it takes no memory, and accidental use is obvious.
        Tensor nothing = torch.full([1], float.NaN, torch.ScalarType.Float32, context.Device).expand(shape);
        var parameter = new Parameter(nothing, requires_grad: false);
        parameter.DetachFromDisposeScope();
        return parameter;
    }

    /// <summary>Returns whether a parameter has no values.</summary>
    /// <param name="parameter">Not disposed.</param>
    public static bool Is(Tensor parameter) => parameter.numel() > 1 && Array.TrueForAll(parameter.stride(), stride => stride == 0);

    /// <summary>Rejects a request for any format other than the only one.</summary>
    /// <param name="only">The only format of the weight.</param>
    /// <param name="wanted">The requested format, or null for the original weight.</param>
    /// <exception cref="ModelException">The formats differ.</exception>
    public static void Check(WeightFormat only, WeightFormat? wanted)
    {
        if (wanted != only)
        {
            throw new ModelException(
                $"The model was opened with {only.ToString().ToLowerInvariant()} weights only. Open its folder again to get " +
                $"{(wanted is { } format ? $"{format.ToString().ToLowerInvariant()} weights" : "the original weights")}.");
        }
    }

    /// <summary>Rejects the division of a weight that exists only in a packed format.</summary>
    /// <param name="only">The only format of the weight; null for an ordinary parameter.</param>
    /// <exception cref="ModelException">There is such a format.</exception>
    public static void CheckDivision(WeightFormat? only)
    {
        if (only is { } format)
            throw new ModelException($"Weights in {format.ToString().ToLowerInvariant()} cannot be divided among processes. Remove " +
                "'baseWeights', or set parallel:tensor to 1.");
    }
}
