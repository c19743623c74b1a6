namespace Tenon;

/// <summary>
/// A model of tokens whose output map can be the token embedding itself (tied weights; Press and Wolf 2017). An adapter that
/// trains only one of the two separates them first.
/// </summary>
public interface ITiesEmbeddings : IPromptTunable
{
    /// <summary>Whether the output map is the token embedding; false for a model without that head.</summary>
    bool IsTied { get; }

    /// <summary>The reference implementation's name of the output map's module: <c>lm_head</c>.</summary>
    string OutputMap { get; }

    /// <summary>
    /// Gives the output map a weight of its own, <c>OutputMap.weight</c> in the state dictionary, with the embedding's present
    /// values. Does nothing if it has one.
    /// </summary>
    void Untie();
}
