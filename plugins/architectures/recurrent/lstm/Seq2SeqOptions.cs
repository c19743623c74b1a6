using System.ComponentModel.DataAnnotations;

namespace Tenon.Lstm;

/// <summary>Size of a recurrent encoder-decoder, and whether it attends to the source.</summary>
public sealed record Seq2SeqOptions : RecurrentOptions
{
    /// <summary>
    /// Whether the decoder attends to the encoder's outputs (<c>attention</c>; Bahdanau et al. 2015). If false, it only starts from the
    /// encoder's last state (Sutskever et al. 2014).
    /// </summary>
    [TrainedWith]
    public bool Attention { get; init; } = true;

    /// <summary>Whether the head is the token embedding, after a projection (<c>tie_weights</c>; Press and Wolf 2017).</summary>
    [TrainedWith]
    public bool TieEmbeddings { get; init; } = true;

    /// <summary>
    /// Label smoothing: share of each target token that is spread over the vocabulary in training (Vaswani et al. 2017, section 5.4);
    /// 0.1 is usual.
    /// </summary>
    [Range(0.0, 0.99)]
    public double LabelSmoothing { get; init; }

    /// <summary>Fills the rest of short rows (<c>pad_token_id</c>). Defaults to the tokenizer's, or a new id.</summary>
    [Range(0, 100_000_000)]
    public int? PadToken { get; init; }

    /// <summary>The token that ends a text (<c>eos_token_id</c>). Defaults to the tokenizer's, or a new id.</summary>
    [Range(0, 100_000_000)]
    public int? EndOfText { get; init; }

    /// <summary>The token that every target starts with (<c>decoder_start_token_id</c>). Defaults to <see cref="PadToken"/>.</summary>
    [Range(0, 100_000_000)]
    public int? DecoderStart { get; init; }
}
