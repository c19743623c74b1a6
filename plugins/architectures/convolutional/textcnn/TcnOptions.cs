using System.ComponentModel.DataAnnotations;

namespace Tenon.TextCnn;

/// <summary>Size of a convolutional language model.</summary>
public sealed record TcnOptions
{
    /// <summary>
    /// Number of residual blocks (<c>num_layers</c>). The dilation of a block's two convolutions is twice that of the block before, so
    /// that a prediction reads 1 + 2·(<see cref="KernelSize"/> − 1)·(2^layers − 1) tokens.
    /// </summary>
    [Range(1, 24)]
    [TrainedWith]
    public int Layers { get; init; } = 6;

    /// <summary>Number of channels, and size of token embeddings (<c>hidden_size</c>).</summary>
    [Range(1, 100_000)]
    [TrainedWith]
    public int HiddenSize { get; init; } = 256;

    /// <summary>Positions that a convolution reads (<c>kernel_size</c>).</summary>
    [Range(2, 1000)]
    [TrainedWith]
    public int KernelSize { get; init; } = 3;

    /// <summary>Longest sequence in tokens (<c>context_length</c>). A trained model can read longer texts.</summary>
    [Range(2, 10_000_000)]
    public int ContextLength { get; init; } = 256;

    /// <summary>Number of token ids (<c>vocab_size</c>), at least the tokenizer's. Defaults to the tokenizer's.</summary>
    [Range(2, 100_000_000)]
    [TrainedWith]
    public int? VocabularySize { get; init; }

    /// <summary>Probability of dropping an element of the embeddings and of the output of each convolution (<c>dropout</c>).</summary>
    [Range(0.0, 0.99)]
    public double Dropout { get; init; }

    /// <summary>Standard deviation of the initial token embeddings (<c>initializer_range</c>).</summary>
    [Range(0.0, 10.0)]
    public double InitializerRange { get; init; } = 0.1;

    /// <summary>Whether the head is the token embedding, after a projection (<c>tie_weights</c>; Press and Wolf 2017).</summary>
    [TrainedWith]
    public bool TieEmbeddings { get; init; } = true;

    /// <summary>The token that ends a document (<c>eos_token_id</c>). Defaults to the tokenizer's.</summary>
    [Range(0, 100_000_000)]
    public int? EndOfText { get; init; }

    /// <summary>
    /// The token that starts a document (<c>bos_token_id</c>). Defaults to the tokenizer's, or else the end-of-document token.
    /// </summary>
    [Range(0, 100_000_000)]
    public int? BeginOfText { get; init; }
}
