namespace Tenon.Layers;

/// <summary>Parameters of layers whose weights exist only in a packed format (<see cref="BuildContext.PackedOnly"/>).</summary>
internal static class AbsentWeight
{
    /// <summary>The parameter of a layer.</summary>
    /// <param name="shape">Its shape.</param>
    /// <param name="context">Its device.</param>
    /// <param name="packedOnly">The only format of the weight; null: the parameter is uninitialized memory.</param>
    public static Parameter CreateOr(long[] shape, BuildContext context, WeightFormat? packedOnly)
    {
        if (packedOnly is null)
            return new Parameter(torch.empty(shape, torch.ScalarType.Float32, context.Device));
        using var untracked = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        // One number for all, so that any use by mistake shows.
        Tensor nothing = torch.full([1], float.NaN, torch.ScalarType.Float32, context.Device).expand(shape);
        var parameter = new Parameter(nothing, requires_grad: false);
        parameter.DetachFromDisposeScope();
        return parameter;
    }

    /// <summary>Whether a parameter is one without values.</summary>
    /// <param name="parameter">Not disposed.</param>
    public static bool Is(Tensor parameter) => parameter.numel() > 1 && Array.TrueForAll(parameter.stride(), stride => stride == 0);

    /// <summary>Refuses a format other than the only one.</summary>
    /// <param name="only">The format of the weight.</param>
    /// <param name="wanted">The requested format.</param>
    /// <exception cref="ModelException">They differ.</exception>
    public static void Check(WeightFormat only, WeightFormat? wanted)
    {
        if (wanted != only)
        {
            throw new ModelException(
                $"The model was opened with {only.ToString().ToLowerInvariant()} weights only. Open its folder again to get " +
                $"{(wanted is { } format ? $"{format.ToString().ToLowerInvariant()} weights" : "the original weights")}.");
        }
    }
}
