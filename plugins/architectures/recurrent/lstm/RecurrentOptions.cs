using System.ComponentModel.DataAnnotations;

namespace Tenon.Lstm;

/// <summary>Size of a stack of LSTM or GRU layers (Hochreiter and Schmidhuber 1997; Cho et al. 2014) over token embeddings.</summary>
public abstract record RecurrentOptions
{
    /// <summary>Number of recurrent layers (<c>num_layers</c>).</summary>
    [Range(1, 1000)]
    [TrainedWith]
    public int? Layers { get; init; }

    /// <summary>Size of the state of each layer (<c>hidden_size</c>).</summary>
    [Range(1, 100_000)]
    [TrainedWith]
    public int? HiddenSize { get; init; }

    /// <summary>Size of token embeddings (<c>embedding_size</c>). Defaults to <see cref="HiddenSize"/>.</summary>
    [Range(1, 100_000)]
    [TrainedWith]
    public int? EmbeddingSize { get; init; }

    /// <summary>
    /// Longest sequence in tokens (<c>context_length</c>), through which gradients are propagated. A state has no limit of its own, so a
    /// trained model can read longer texts.
    /// </summary>
    [Range(2, 10_000_000)]
    public int? ContextLength { get; init; }

    /// <summary>Number of token ids (<c>vocab_size</c>), at least the tokenizer's. Defaults to the tokenizer's.</summary>
    [Range(2, 100_000_000)]
    [TrainedWith]
    public int? VocabularySize { get; init; }

    /// <summary>
    /// Probability of dropping an element of the embeddings, of the outputs of each layer, and of the head's input (<c>dropout</c>;
    /// Zaremba et al. 2014). The state itself is not dropped.
    /// </summary>
    [Range(0.0, 0.99)]
    public double Dropout { get; init; }

    /// <summary>Standard deviation of the initial token embeddings (<c>initializer_range</c>).</summary>
    [Range(0.0, 10.0)]
    public double InitializerRange { get; init; } = 0.1;
}

/// <summary>Size of a recurrent language model.</summary>
public sealed record RecurrentModelOptions : RecurrentOptions
{
    /// <summary>
    /// The LSTMs of Zaremba et al. (2014), whose sizes apply to all options that are not set: 2 layers of 200, 650 or 1,500, unrolled for
    /// 20, 35 and 35 tokens. Defaults to the sizes of <c>zaremba-medium</c>.
    /// </summary>
    [AllowedValues(null, "zaremba-small", "zaremba-medium", "zaremba-large")]
    public string? Preset { get; init; }

    /// <summary>
    /// Whether the head is the token embedding, after a projection to its size (<c>tie_weights</c>; Press and Wolf 2017). Defaults to
    /// true, or to false if a preset is set: the published models have a separate head.
    /// </summary>
    [TrainedWith]
    public bool? TieEmbeddings { get; init; }

    /// <summary>The token that ends a document (<c>eos_token_id</c>). Defaults to the tokenizer's.</summary>
    [Range(0, 100_000_000)]
    public int? EndOfText { get; init; }

    /// <summary>
    /// The token that starts a document (<c>bos_token_id</c>). Defaults to the tokenizer's, or else the end-of-document token.
    /// </summary>
    [Range(0, 100_000_000)]
    public int? BeginOfText { get; init; }
}

/// <summary>Size, direction and classes of a recurrent classifier.</summary>
public sealed record RecurrentClassifierOptions : RecurrentOptions
{
    /// <summary>
    /// What the model predicts: the class of a text (<c>sequence-classification</c>), or the class of each token
    /// (<c>token-classification</c>). Defaults to what the data labels.
    /// </summary>
    [AllowedValues(null, RecurrentHeads.Texts, RecurrentHeads.Tokens)]
    public string? Head { get; init; }

    /// <summary>
    /// Whether each layer also reads the text from its end (<c>bidirectional</c>; Schuster and Paliwal 1997), with a state of its own.
    /// </summary>
    [TrainedWith]
    public bool Bidirectional { get; init; } = true;

    /// <summary>Names of the classes (<c>id2label</c>). Defaults to the data's.</summary>
    public IReadOnlyList<string>? Labels { get; init; }

    /// <summary>The padding token (<c>pad_token_id</c>). Defaults to the tokenizer's, or else the end-of-document token.</summary>
    [Range(0, 100_000_000)]
    public int? PadToken { get; init; }
}
