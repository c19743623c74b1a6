namespace Tenon.VitMae;

/// <summary>Untrained position embeddings: sines and cosines of a grid's columns and rows (He et al. 2021, appendix A.1).</summary>
internal static class FixedPositions
{
    /// <summary>The positions of a grid, preceded by that of the class token, which is 0.</summary>
    /// <param name="side">Patches per side.</param>
    /// <param name="size">Size of a vector, E; a multiple of 4. The first half encodes the column, the second half the row.</param>
    /// <param name="device">Device of the positions.</param>
    /// <returns>float32 [1, 1 + side², E] in the current dispose scope.</returns>
    public static Tensor Create(int side, int size, torch.Device device)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor at = torch.arange(side, torch.ScalarType.Float64, device);
        // In float64, as in the reference.
        Tensor positions = torch.cat([Waves(at.repeat(side)), Waves(at.repeat_interleave(side))], 1); // [side², E]
        Tensor all = torch.cat([torch.zeros([1, size], torch.ScalarType.Float64, device), positions], 0);
        return all.to(torch.ScalarType.Float32).unsqueeze(0).MoveToOuterDisposeScope();

        Tensor Waves(Tensor along)
        {
            Tensor exponents = torch.arange(size / 4, torch.ScalarType.Float64, device) / (size / 4.0);
            Tensor angles = along.unsqueeze(1) * (exponents * -Math.Log(10000)).exp(); // [side², E / 4]
            return torch.cat([angles.sin(), angles.cos()], 1); // [side², E / 2]
        }
    }
}
