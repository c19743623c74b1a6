using Tenon.Layers;

namespace Tenon.Lstm;

/// <summary>The kinds of recurrent layer.</summary>
internal enum RecurrentCell
{
    /// <summary>Long short-term memory with a forget gate: four gates, and a cell next to the hidden state (Gers et al. 2000).</summary>
    Lstm,

    /// <summary>Gated recurrent unit: three gates (Cho et al. 2014).</summary>
    Gru,
}

/// <summary>The resolved sizes of a stack of recurrent layers.</summary>
/// <param name="Cell">The kind of layer.</param>
/// <param name="Layers">Number of layers, L.</param>
/// <param name="EmbeddingSize">Size of the input.</param>
/// <param name="HiddenSize">Size of the state of a layer in each direction, H.</param>
/// <param name="Directions">1, or 2 if the layers also read from the end, D.</param>
internal sealed record RecurrentSizes(RecurrentCell Cell, int Layers, int EmbeddingSize, int HiddenSize, int Directions)
{
    /// <summary>The name in state dictionaries, and the model type.</summary>
    public string Name => NameOf(Cell);

    /// <summary>Number of gates, each with its own weights.</summary>
    public int Gates => Cell == RecurrentCell.Lstm ? 4 : 3;

    /// <summary>Size of the output, D·H.</summary>
    public int OutputSize => Directions * HiddenSize;

    /// <summary>Two operations for each weight of a token.</summary>
    public double ForwardFlop => 2.0 * InputSizes.Sum(inputs => (double)Directions * Gates * HiddenSize * (inputs + HiddenSize));

    /// <summary>Bytes that the backward pass needs of a token: the input of each layer, its gates and its state, in float32.</summary>
    public double KeptBytes => 4.0 * InputSizes.Sum(inputs => (double)inputs + Directions * (Gates + 2) * HiddenSize);

    private IEnumerable<int> InputSizes => Enumerable.Range(0, Layers).Select(InputSize);

    /// <summary>Size of a layer's input.</summary>
    /// <param name="layer">Number of the layer, from 0.</param>
    public int InputSize(int layer) => layer == 0 ? EmbeddingSize : OutputSize;

    /// <summary>The name of a kind of layer.</summary>
    public static string NameOf(RecurrentCell cell) => cell == RecurrentCell.Lstm ? "lstm" : "gru";

    /// <summary>Reads the sizes from resolved options.</summary>
    /// <exception cref="ModelException">The options are not resolved.</exception>
    public static RecurrentSizes Of(RecurrentOptions options, RecurrentCell cell, bool bidirectional = false) => new(
        cell, ResolvedOptions.Value(options.Layers), ResolvedOptions.Value(options.EmbeddingSize),
        ResolvedOptions.Value(options.HiddenSize), bidirectional ? 2 : 1);

    /// <summary>Fills in sizes and vocabulary. The result has the same class as the options.</summary>
    /// <param name="options">The options of a recipe.</param>
    /// <param name="preset">The sizes of options that are not set.</param>
    /// <param name="isPublished">Whether the recipe sets the preset.</param>
    /// <param name="facts">The tokenizer's vocabulary.</param>
    /// <exception cref="ModelException">The vocabulary is unknown or too small.</exception>
    public static TOptions Resolve<TOptions>(TOptions options, RecurrentPreset preset, bool isPublished, ModelFacts facts)
        where TOptions : RecurrentOptions
    {
        int hidden = options.HiddenSize ?? preset.HiddenSize;
        return (TOptions)(options with
        {
            Layers = options.Layers ?? preset.Layers,
            HiddenSize = hidden,
            EmbeddingSize = options.EmbeddingSize ?? hidden,
            ContextLength = options.ContextLength ?? preset.ContextLength,
            VocabularySize = LanguageConfiguration.ResolveVocabulary(
                options.VocabularySize, facts.VocabularySize, isPublished ? RecurrentPresets.VocabularySize : null),
        });
    }
}
