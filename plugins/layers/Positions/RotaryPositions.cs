using Tenon.Kernels;

namespace Tenon.Layers;

/// <summary>
/// Rotary position embeddings (Su et al. 2021, "RoFormer", section 3.2): queries and keys are rotated by angles
/// proportional to their positions, so that their product depends only on the distance. Dimension i of the first half of
/// the rotated part forms a pair with dimension i of the second half, as in GPT-NeoX and Llama. Has no parameters.
/// </summary>
/// <param name="size">Rotated dimensions of each head, R, even; the others are left unchanged (partial rotary positions).</param>
/// <param name="theta">Base of the wavelengths: pair i turns by θ^(−2i/R) per position.</param>
/// <param name="scaling">Scales the frequencies for longer texts, or null for no scaling.</param>
public sealed class RotaryPositions(int size, double theta = 10_000, RotaryScaling? scaling = null)
{
    private readonly int _size = size > 0 && size % 2 == 0
        ? size
        : throw new ModelException(
            $"Rotary positions rotate pairs of dimensions, but the number of rotated dimensions per head is {size}. " +
            "Choose a positive even number.");

    /// <summary>Computes the cosines and sines of the angles at given positions, which all layers of a forward pass share.</summary>
    /// <param name="positions">int64 [N], or [B, N] when rows differ. Not disposed.</param>
    /// <param name="eachRowAlone">
    /// Whether a scaling that depends on the length of the text uses the length of each row. If false, it uses the longest row for
    /// all rows, as transformers does.
    /// </param>
    /// <returns>float32 [2, N, R / 2] or [2, B, 1, N, R / 2] in the current dispose scope: cosines, then sines.</returns>
    public Tensor At(Tensor positions, bool eachRowAlone = false)
    {
        ArgumentNullException.ThrowIfNull(positions);
        using DisposeScope scope = torch.NewDisposeScope();
        // In float32 throughout, as in the reference implementation; exact up to 2²⁴ positions.
        Tensor exponents = torch.arange(0, _size, 2, torch.ScalarType.Float32, positions.device) / _size; // [R / 2]
        Tensor frequencies = Frequencies(exponents, positions, eachRowAlone); // [R / 2] or [B, 1, R / 2]
        Tensor angles = positions.to(torch.ScalarType.Float32).unsqueeze(-1) * frequencies; // [.., N, R / 2]
        if (positions.ndim == 2)
            angles = angles.unsqueeze(1); // [B, 1, N, R / 2], for all heads
        Tensor turned = torch.stack([angles.cos(), angles.sin()], 0);
        return (scaling is { AttentionFactor: not 1 and var factor } ? turned * factor : turned).MoveToOuterDisposeScope();
    }

    private Tensor Frequencies(Tensor exponents, Tensor positions, bool eachRowAlone)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        if (scaling is null)
            return (1 / torch.pow(theta, exponents)).MoveToOuterDisposeScope();
        if (!scaling.DependsOnLength)
            return scaling.Frequencies(exponents, theta, exponents).MoveToOuterDisposeScope();
        bool rows = eachRowAlone && positions.ndim == 2;
        Tensor last = rows ? positions.amax([1L], keepdim: true) : positions.max(); // [B, 1] or []
        Tensor frequencies = scaling.Frequencies(exponents, theta, (last + 1).to(torch.ScalarType.Float32));
        return (rows ? frequencies.unsqueeze(1) : frequencies).MoveToOuterDisposeScope();
    }

    /// <summary>Rotates queries or keys.</summary>
    /// <param name="heads">[B, H, N, D], D ≥ R. Not disposed.</param>
    /// <param name="rotations">From <see cref="At"/>. Not disposed.</param>
    /// <returns>[B, H, N, D] of the same type, in the current dispose scope.</returns>
    public Tensor Rotate(Tensor heads, Tensor rotations)
    {
        ArgumentNullException.ThrowIfNull(heads);
        ArgumentNullException.ThrowIfNull(rotations);
        if (RotaryKernel.Supports(heads, rotations))
            return RotatedHeads.Of(heads, rotations);
        using DisposeScope scope = torch.NewDisposeScope();
        long half = _size / 2, rest = heads.size(3) - _size;
        Tensor cos = rotations.select(0, 0).to(heads.dtype), sin = rotations.select(0, 1).to(heads.dtype);
        Tensor first = heads.narrow(3, 0, half), second = heads.narrow(3, half, half);
        Tensor[] parts = [first * cos - second * sin, second * cos + first * sin];
        return torch.cat(rest == 0 ? parts : [.. parts, heads.narrow(3, _size, rest)], 3).MoveToOuterDisposeScope();
    }
}
