using System.ComponentModel.DataAnnotations;

namespace Tenon.PTuning;

/// <summary>How virtual tokens are computed, and where they enter the model.</summary>
public sealed record PTuningOptions : SelectionOptions
{
    /// <summary>
    /// <c>p-tuning</c>: input tokens computed by a small trained network (Liu et al. 2021); <c>prompt-tuning</c>: input tokens
    /// trained directly (Lester et al. 2021); <c>prefix-tuning</c>: keys and values in every layer (Li and Liang 2021;
    /// P-tuning v2, Liu et al. 2022).
    /// </summary>
    [AllowedValues("p-tuning", "prompt-tuning", "prefix-tuning")]
    public string Method { get; init; } = "p-tuning";

    /// <summary>Number of virtual tokens, V; they take up V positions of the model's context.</summary>
    [Range(1, 100_000)]
    public int VirtualTokens { get; init; } = 20;

    /// <summary>
    /// For <c>p-tuning</c>: the network between trained vectors and virtual tokens. <c>lstm</c>: a bidirectional LSTM and two
    /// linear layers, as in the paper; <c>mlp</c>: three linear layers.
    /// </summary>
    [AllowedValues("lstm", "mlp")]
    public string Encoder { get; init; } = "lstm";

    /// <summary>
    /// Hidden size of the network of <c>p-tuning</c>, or of the projection of <c>prefix-tuning</c>. Defaults to the model's
    /// embedding size.
    /// </summary>
    [Range(1, 1_000_000)]
    public int? EncoderHiddenSize { get; init; }

    /// <summary>Layers of the LSTM.</summary>
    [Range(1, 100)]
    public int EncoderLayers { get; init; } = 2;

    /// <summary>Dropout probability between the layers of the LSTM.</summary>
    [Range(0.0, 0.99)]
    public double EncoderDropout { get; init; }

    /// <summary>
    /// For <c>prefix-tuning</c>: whether keys and values are computed by a two-layer network (Li and Liang 2021, section 4.3)
    /// instead of being trained directly, as in P-tuning v2.
    /// </summary>
    public bool Projection { get; init; }

    /// <summary>
    /// For <c>prompt-tuning</c>: initial values (Lester et al. 2021, section 3.2). <c>vocabulary</c>: embeddings of random
    /// vocabulary tokens; <c>text</c>: embeddings of the tokens of <see cref="InitializationText"/>; <c>random</c>: uniform in
    /// [−0.5, 0.5].
    /// </summary>
    [AllowedValues("vocabulary", "text", "random")]
    public string Initialization { get; init; } = "vocabulary";

    /// <summary>The initial text, repeated or truncated to the number of virtual tokens.</summary>
    public string? InitializationText { get; init; }

    /// <summary>
    /// Modules to train and save with the prompt: full names or their last parts. Defaults to the classification head, if the
    /// model has one, because it is untrained if the base model was only pre-trained on text.
    /// </summary>
    public IReadOnlyList<string>? ModulesToSave { get; init; }
}
