using System.ComponentModel.DataAnnotations;

namespace Tenon.TextCnn;

/// <summary>Size and classes of a convolutional text classifier. The defaults are the sizes of Kim (2014, section 3.1).</summary>
public sealed record TextCnnOptions
{
    /// <summary>Size of token embeddings (<c>embedding_size</c>).</summary>
    [Range(1, 100_000)]
    [TrainedWith]
    public int EmbeddingSize { get; init; } = 300;

    /// <summary>Widths of the filters in tokens (<c>filter_widths</c>). Defaults to 3, 4, 5.</summary>
    [ItemRange(1, 1000)]
    [MinLength(1)]
    [TrainedWith]
    public IReadOnlyList<int>? Widths { get; init; }

    /// <summary>Number of filters of each width (<c>num_filters</c>).</summary>
    [Range(1, 100_000)]
    [TrainedWith]
    public int Filters { get; init; } = 100;

    /// <summary>Longest text in tokens (<c>context_length</c>). A trained model can read longer texts.</summary>
    [Range(1, 10_000_000)]
    public int ContextLength { get; init; } = 256;

    /// <summary>Number of token ids (<c>vocab_size</c>), at least the tokenizer's. Defaults to the tokenizer's.</summary>
    [Range(2, 100_000_000)]
    [TrainedWith]
    public int? VocabularySize { get; init; }

    /// <summary>Probability of dropping an element of the vector that the head reads (<c>dropout</c>).</summary>
    [Range(0.0, 0.99)]
    public double Dropout { get; init; } = 0.5;

    /// <summary>Standard deviation of the initial token embeddings (<c>initializer_range</c>).</summary>
    [Range(0.0, 10.0)]
    public double InitializerRange { get; init; } = 0.1;

    /// <summary>Names of the classes (<c>id2label</c>). Defaults to the data's.</summary>
    public IReadOnlyList<string>? Labels { get; init; }

    /// <summary>The padding token (<c>pad_token_id</c>). Defaults to the tokenizer's, or else the end-of-document token.</summary>
    [Range(0, 100_000_000)]
    public int? PadToken { get; init; }
}
