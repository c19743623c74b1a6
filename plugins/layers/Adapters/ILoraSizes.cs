namespace Tenon.Layers;

/// <summary>
/// Which linear maps of a model get low-rank updates, and the size of the updates, as set in a strategy's options.
/// </summary>
public interface ILoraSizes
{
    /// <summary>Rank of the updates, r.</summary>
    int Rank { get; }

    /// <summary>α: updates are multiplied by α / r.</summary>
    double Alpha { get; }

    /// <summary>Whether to multiply by α / √r instead.</summary>
    bool RankStabilized { get; }

    /// <summary>Probability of dropping an input of an update.</summary>
    double Dropout { get; }

    /// <summary>Patterns of the maps to update; null for all except those that are trained in full.</summary>
    IReadOnlyList<string>? TargetModules { get; }
}
