using Tenon.Layers;

namespace Tenon.Lstm;

/// <summary>Sizes of a published model.</summary>
internal sealed record RecurrentPreset(int Layers, int HiddenSize, int ContextLength);

/// <summary>The published sizes.</summary>
internal static class RecurrentPresets
{
    /// <summary>Words of the Penn Treebank as Mikolov et al. (2010) prepared it.</summary>
    public const int VocabularySize = 10_000;

    /// <summary>The language models of Zaremba et al. (2014, section 4.1), with embeddings of the size of the state.</summary>
    public static Presets<RecurrentPreset> LanguageModels { get; } = new("zaremba-medium",
        ("zaremba-small", new(2, 200, ContextLength: 20)),
        ("zaremba-medium", new(2, 650, ContextLength: 35)),
        ("zaremba-large", new(2, 1500, ContextLength: 35)));

    /// <summary>Classifiers have no published sizes.</summary>
    public static RecurrentPreset Classifier { get; } = new(1, 256, ContextLength: 256);
}
