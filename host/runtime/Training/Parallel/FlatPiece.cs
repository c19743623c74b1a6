namespace Tenon.Host.Training.Parallel;

/// <summary>A range of a parameter's elements inside one rank's part of one bucket.</summary>
/// <param name="Parameter">Index of the parameter.</param>
/// <param name="Start">The first element of the parameter; a multiple of <see cref="FlatLayout.Unit"/>.</param>
/// <param name="Length">Number of elements, at least 1.</param>
/// <param name="Offset">Where it begins in the bucket.</param>
internal sealed record FlatPiece(int Parameter, long Start, long Length, long Offset);

/// <summary>A range of the flat vector that is communicated at a time.</summary>
/// <param name="Part">Elements of each rank.</param>
/// <param name="Pieces">What the parts contain, by rank.</param>
internal sealed record FlatBucket(long Part, IReadOnlyList<IReadOnlyList<FlatPiece>> Pieces)
{
    /// <summary>Elements of all ranks.</summary>
    public long Length => Part * Pieces.Count;
}
