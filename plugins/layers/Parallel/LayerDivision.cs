namespace Tenon.Layers;

/// <summary>
/// How several processes divide a linear map (Shoeybi et al. 2019, section 3): its outputs, whose inputs all of them have, or its
/// inputs, of which each has a part, so that the products are added up. A map with divided outputs, what works on each output alone or
/// on each attention head alone, and a map with divided inputs follow each other, so that hidden states are exchanged only after them.
/// </summary>
/// <param name="OfInputs">Whether the inputs are divided; otherwise the outputs are.</param>
/// <param name="Parts">Number of equal parts of the outputs that are each divided: 3 for queries, keys and values in one matrix.</param>
/// <param name="IsCollected">Whether every process gets all outputs, as from the head of a language model.</param>
public sealed record LayerDivision(bool OfInputs, int Parts = 1, bool IsCollected = false)
{
    /// <summary>Each process computes a part of the outputs.</summary>
    public static LayerDivision Outputs { get; } = new(OfInputs: false);

    /// <summary>Each process reads a part of the inputs; all get the outputs.</summary>
    public static LayerDivision Inputs { get; } = new(OfInputs: true);

    /// <summary>Each process computes a part of the outputs; all get them.</summary>
    public static LayerDivision CollectedOutputs { get; } = new(OfInputs: false, IsCollected: true);
}

/// <summary>The attention heads, or the positions of a sequence, that a process has of all.</summary>
/// <param name="First">The first of them.</param>
/// <param name="Total">Number of those of all processes.</param>
public sealed record DimensionPart(long First, long Total);

/// <summary>A layer that several processes can divide.</summary>
public interface IDividedLayer
{
    /// <summary>Keeps the part of this process. Layers inside this one are divided by themselves.</summary>
    /// <param name="ranks">The processes.</param>
    /// <returns>How the layer's own parameters are divided, by their names in the layer; those without an entry are not.</returns>
    IReadOnlyDictionary<string, TensorDivision> Divide(LayerRanks ranks);
}
