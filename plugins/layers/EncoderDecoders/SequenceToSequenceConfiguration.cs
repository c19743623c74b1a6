namespace Tenon.Layers;

/// <summary>What all models that turn a source into a target have, regardless of their networks. All values are resolved.</summary>
/// <param name="Target">Vocabulary of sources and targets, longest target, and the token that ends a text.</param>
public record SequenceToSequenceConfiguration(LanguageConfiguration Target)
{
    /// <summary>Longest source in tokens, including special ones.</summary>
    public required int SourceLength { get; init; }

    /// <summary>The token that every target starts with.</summary>
    public required int DecoderStart { get; init; }

    /// <summary>Fills the rest of shorter rows.</summary>
    public required int PadToken { get; init; }

    /// <summary>The share of each target that is spread over the vocabulary in training (<see cref="SmoothedCrossEntropy"/>).</summary>
    public double LabelSmoothing { get; init; }
}
