namespace Tenon.Layers;

/// <content>Products with the only copy of a frozen weight, which an adapter is trained on top of: each product dequantizes it.</content>
public sealed partial class PackedWeight
{
    /// <summary>Computes x·Wᵀ + b in the autocast's type, with a graph to x: the product of a frozen map.</summary>
    /// <param name="input">[..., in]. Not disposed.</param>
    /// <param name="bias">float32 [out], or null. Not disposed.</param>
    /// <param name="autocast">The type in which the product runs. Without gradients, few rows are computed in float32.</param>
    /// <returns>[..., out] in the current dispose scope.</returns>
    internal Tensor Product(Tensor input, Tensor? bias, Autocast autocast)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        if (!torch.is_grad_enabled() && input.numel() / _inputs is var rows && Supports((int)Math.Min(rows, int.MaxValue)))
            return Apply(input).MoveToOuterDisposeScope();
        (Tensor x, Tensor? b) = (autocast.Cast(input), bias is null ? null : autocast.Cast(bias));
        return FrozenProduct.Of(x, this, b).MoveToOuterDisposeScope();
    }

    /// <summary>Dequantizes the weight, or rows of it.</summary>
    /// <param name="type">A floating-point type.</param>
    /// <param name="first">The first row, a multiple of 64.</param>
    /// <param name="count">Number of rows, or null for all.</param>
    /// <returns>[count, in] in the current dispose scope, perhaps a view. Must not be modified.</returns>
    internal Tensor Dequantize(torch.ScalarType type, long first = 0, long? count = null)
    {
        using var untracked = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        long rows = count ?? _outputs;
        Tensor weight = _nf4 is { } blocks
            ? blocks.Dequantize(type == torch.ScalarType.BFloat16 ? type : torch.ScalarType.Float32, first, rows)
            : _weight!.narrow(0, first, rows);
        if (_scales is not null)
            weight = weight * _scales.narrow(0, first, rows); // int8 [n, in] -> float32 [n, in]
        return Cast(weight, type).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Returns whether <see cref="Dequantize"/> allocates memory. Products with a large weight should then dequantize a few rows at a time.
    /// </summary>
    /// <param name="type">The type of the products.</param>
    internal bool Allocates(torch.ScalarType type) => _type != type;

    /// <summary>Rows of the weight, out.</summary>
    internal long Outputs => _outputs;

    /// <summary>Values in a row, in.</summary>
    internal long Inputs => _inputs;
}
