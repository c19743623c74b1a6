using System.ComponentModel.DataAnnotations;

namespace Tenon.Bert;

/// <summary>
/// Size, head and masking of a BERT (Devlin et al. 2018; Turc et al. 2019). Unset options are filled in from the preset, then
/// from the other options, then from tokenizer and data.
/// </summary>
public sealed record BertOptions
{
    /// <summary>A published model, whose sizes apply to all options that are not set. Defaults to <c>bert-base</c>.</summary>
    [AllowedValues(null, "bert-tiny", "bert-mini", "bert-small", "bert-medium", "bert-base", "bert-large")]
    public string? Preset { get; init; }

    /// <summary>
    /// What the model predicts: masked tokens (<c>masked-lm</c>), masked tokens and whether two texts follow each other
    /// (<c>pre-training</c>), the class of a text or pair (<c>sequence-classification</c>), the class of each token
    /// (<c>token-classification</c>), or the span of a passage that answers a question (<c>question-answering</c>). Defaults to the
    /// classes or questions of the data, or to masked tokens if it has none.
    /// </summary>
    [AllowedValues(null, "masked-lm", "pre-training", "sequence-classification", "token-classification", "question-answering")]
    public string? Head { get; init; }

    /// <summary>Number of layers (<c>num_hidden_layers</c>).</summary>
    [Range(1, 1000)]
    [TrainedWith]
    public int? Layers { get; init; }

    /// <summary>Size of the hidden state (<c>hidden_size</c>); a multiple of the number of heads.</summary>
    [Range(1, 1_000_000)]
    [TrainedWith]
    public int? HiddenSize { get; init; }

    /// <summary>
    /// Attention heads in each layer (<c>num_attention_heads</c>). Defaults to the preset's number, or one per 64 of the hidden
    /// size if that is set.
    /// </summary>
    [Range(1, 10_000)]
    [TrainedWith]
    public int? Heads { get; init; }

    /// <summary>
    /// Inner size of the feed-forward network (<c>intermediate_size</c>). Defaults to four times the hidden size.
    /// </summary>
    [Range(1, 10_000_000)]
    [TrainedWith]
    public int? FeedForwardSize { get; init; }

    /// <summary>Maximum number of tokens in a sequence, including special tokens (<c>max_position_embeddings</c>).</summary>
    [Range(8, 10_000_000)]
    [TrainedWith(AllowsLess = true)]
    public int? ContextLength { get; init; }

    /// <summary>
    /// Number of token ids (<c>vocab_size</c>), at least the tokenizer's. Defaults to the tokenizer's plus the special tokens
    /// that it lacks.
    /// </summary>
    [Range(1, 100_000_000)]
    [TrainedWith]
    public int? VocabularySize { get; init; }

    /// <summary>Number of segments that a sequence may have (<c>type_vocab_size</c>); pairs need 2.</summary>
    [Range(1, 1000)]
    [TrainedWith]
    public int TypeVocabularySize { get; init; } = 2;

    /// <summary>Activation of the feed-forward network (<c>hidden_act</c>): <c>gelu</c> is BERT's exact form.</summary>
    [AllowedValues(
        "gelu", "gelu_fast", "gelu_new", "gelu_pytorch_tanh", "linear", "mish", "quick_gelu", "relu", "relu6", "sigmoid", "silu",
        "swish", "tanh")]
    [TrainedWith]
    public string Activation { get; init; } = "gelu";

    /// <summary>Probability of dropping an element of the embeddings and of each layer's outputs (<c>hidden_dropout_prob</c>).</summary>
    [Range(0.0, 0.99)]
    public double Dropout { get; init; } = 0.1;

    /// <summary>Probability of dropping an attention weight (<c>attention_probs_dropout_prob</c>).</summary>
    [Range(0.0, 0.99)]
    public double AttentionDropout { get; init; } = 0.1;

    /// <summary>
    /// Probability of dropping an element before the classifier (<c>classifier_dropout</c>). Defaults to <see cref="Dropout"/>.
    /// </summary>
    [Range(0.0, 0.99)]
    public double? ClassifierDropout { get; init; }

    /// <summary>Added to the variance in each layer norm (<c>layer_norm_eps</c>).</summary>
    [Range(1e-12, 0.1)]
    [TrainedWith]
    public double LayerNormEpsilon { get; init; } = 1e-12;

    /// <summary>Standard deviation of the initial weights (<c>initializer_range</c>).</summary>
    [Range(0.0, 10.0)]
    public double InitializerRange { get; init; } = 0.02;

    /// <summary>
    /// How initial weights are drawn: <c>normal</c>, as for the published models, or <c>mimetic</c>, with sinusoidal position
    /// embeddings and keys equal to queries (after Trockman and Kolter 2023): each token then attends to its neighbors from the
    /// start, and a small model learns to predict masked tokens from much less text. All weights are trained in both cases.
    /// </summary>
    [AllowedValues("normal", "mimetic")]
    public string Initialization { get; init; } = "normal";

    /// <summary>
    /// Whether the decoder of the masked-language head shares its weight with the word embedding (<c>tie_word_embeddings</c>).
    /// </summary>
    [TrainedWith]
    public bool TieEmbeddings { get; init; } = true;

    /// <summary>
    /// Whether the backward pass recomputes the activations of each layer instead of keeping them (Chen et al. 2016): this
    /// saves memory, takes about a third more time, and gives the same gradients.
    /// </summary>
    public bool ActivationCheckpointing { get; init; }

    /// <summary>Names of the classes (<c>id2label</c>). Defaults to the data's.</summary>
    public IReadOnlyList<string>? Labels { get; init; }

    /// <summary>Share of a sequence's tokens that are masked and predicted.</summary>
    [Range(0.001, 0.999)]
    public double MaskShare { get; init; } = 0.15;

    /// <summary>Share of the predicted tokens that are replaced by <c>[MASK]</c>.</summary>
    [Range(0.0, 1.0)]
    public double MaskTokenShare { get; init; } = 0.8;

    /// <summary>Share of the predicted tokens that are replaced by a random token. The rest stay unchanged.</summary>
    [Range(0.0, 1.0)]
    public double RandomShare { get; init; } = 0.1;

    /// <summary>Whether a word's pieces (<c>##…</c>) are masked together, as in BERT's later models.</summary>
    public bool WholeWord { get; init; }

    /// <summary>
    /// The token before a sequence (<c>[CLS]</c>). This and the other special tokens default to the tokenizer's, or to new ids
    /// after the tokenizer's if it has none.
    /// </summary>
    [Range(0, 100_000_000)]
    public int? ClassifyToken { get; init; }

    /// <summary>The token after each segment (<c>[SEP]</c>).</summary>
    [Range(0, 100_000_000)]
    public int? SeparatorToken { get; init; }

    /// <summary>The token that replaces masked tokens (<c>[MASK]</c>).</summary>
    [Range(0, 100_000_000)]
    public int? MaskToken { get; init; }

    /// <summary>The token that pads shorter sequences (<c>pad_token_id</c>).</summary>
    [Range(0, 100_000_000)]
    public int? PadToken { get; init; }
}
