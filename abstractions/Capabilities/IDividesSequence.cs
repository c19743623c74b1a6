namespace Tenon;

/// <summary>
/// A model whose layers several processes divide, together with the sequence outside the maps of a layer (sequence parallelism:
/// Korthikanti et al. 2022, section 4.2.2). In training, each process then normalizes, drops and adds a part of the positions.
/// </summary>
public interface IDividesSequence : IDividesLayers
{
    /// <summary>Divides the sequence from then on. Called at most once, after <see cref="IDividesLayers.Divide"/>.</summary>
    void DivideSequence();
}
