namespace Tenon.Layers;

/// <summary>Learned position embeddings, one row for each position.</summary>
public static class PositionTable
{
    /// <summary>Keeps the first positions, for a model with a shorter context. They were trained independently of the later ones.</summary>
    /// <param name="positions">[T, E]. Not disposed.</param>
    /// <param name="wanted">The shape in the model.</param>
    /// <returns>A new tensor [T', E], T' below T; null if the shapes differ in any other way. The caller disposes it.</returns>
    public static Tensor? Shorter(Tensor positions, IReadOnlyList<long> wanted)
    {
        ArgumentNullException.ThrowIfNull(positions);
        ArgumentNullException.ThrowIfNull(wanted);
        bool fits = positions.ndim == 2 && wanted.Count == 2 && wanted[0] < positions.size(0) && wanted[1] == positions.size(1);
        return fits ? positions.narrow(0, 0, wanted[0]).clone() : null;
    }
}
