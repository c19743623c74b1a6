namespace Tenon;

/// <summary>
/// A token model whose output map can share its weight with the token embedding (tied weights; Press and Wolf 2017). An adapter
/// that trains only one of the two unties them first.
/// </summary>
public interface ITiesEmbeddings : IPromptTunable
{
    /// <summary>Whether the output map shares its weight with the token embedding; false for a model without that head.</summary>
    bool IsTied { get; }

    /// <summary>The name of the output map's module in the reference implementation: <c>lm_head</c>.</summary>
    string OutputMap { get; }

    /// <summary>
    /// Gives the output map its own weight, <c>OutputMap.weight</c> in the state dictionary, initialized with the embedding's
    /// current values. Does nothing if it already has one.
    /// </summary>
    void Untie();
}
