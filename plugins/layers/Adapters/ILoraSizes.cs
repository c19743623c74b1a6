namespace Tenon.Layers;

/// <summary>Which linear maps of a model get low-rank updates, and of which size, as a strategy's options say it.</summary>
public interface ILoraSizes
{
    /// <summary>Rank of the updates, r.</summary>
    int Rank { get; }

    /// <summary>α: updates are multiplied by α / r.</summary>
    double Alpha { get; }

    /// <summary>Multiplies by α / √r instead.</summary>
    bool RankStabilized { get; }

    /// <summary>Probability of dropping an input of an update.</summary>
    double Dropout { get; }

    /// <summary>Patterns of the maps to update; null: all but those that are trained whole.</summary>
    IReadOnlyList<string>? TargetModules { get; }
}
