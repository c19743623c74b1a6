using System.ComponentModel.DataAnnotations;

namespace Tenon.PTuning;

/// <summary>How virtual tokens are made and where they are put.</summary>
public sealed record PTuningOptions : SelectionOptions
{
    /// <summary>
    /// <c>p-tuning</c>: tokens in the input that come out of a small network (Liu et al. 2021); <c>prompt-tuning</c>:
    /// tokens in the input that are learnt themselves (Lester et al. 2021); <c>prefix-tuning</c>: keys and values in
    /// every layer (Li and Liang 2021; P-tuning v2, Liu et al. 2022).
    /// </summary>
    [AllowedValues("p-tuning", "prompt-tuning", "prefix-tuning")]
    public string Method { get; init; } = "p-tuning";

    /// <summary>Number of virtual tokens, V; they take as many positions of the model's context.</summary>
    [Range(1, 100_000)]
    public int VirtualTokens { get; init; } = 20;

    /// <summary>
    /// Of <c>p-tuning</c>: the network between learnt vectors and tokens. <c>lstm</c>: a bidirectional LSTM and two linear
    /// maps, as in the paper; <c>mlp</c>: three linear maps.
    /// </summary>
    [AllowedValues("lstm", "mlp")]
    public string Encoder { get; init; } = "lstm";

    /// <summary>Hidden size of the network of <c>p-tuning</c>, or of the projection of <c>prefix-tuning</c>; null: the model's embedding size.</summary>
    [Range(1, 1_000_000)]
    public int? EncoderHiddenSize { get; init; }

    /// <summary>Layers of the LSTM.</summary>
    [Range(1, 100)]
    public int EncoderLayers { get; init; } = 2;

    /// <summary>Probability of dropping an output between the layers of the LSTM.</summary>
    [Range(0.0, 0.99)]
    public double EncoderDropout { get; init; }

    /// <summary>
    /// Of <c>prefix-tuning</c>: whether keys and values come out of a two-layer network (Li and Liang 2021, section 4.3)
    /// or are learnt themselves, as in P-tuning v2.
    /// </summary>
    public bool Projection { get; init; }

    /// <summary>
    /// Of <c>prompt-tuning</c>: what the tokens start from (Lester et al. 2021, section 3.2). <c>vocabulary</c>: tokens of
    /// the vocabulary drawn by chance; <c>text</c>: those of <see cref="InitializationText"/>; <c>random</c>: uniform in
    /// [−0.5, 0.5].
    /// </summary>
    [AllowedValues("vocabulary", "text", "random")]
    public string Initialization { get; init; } = "vocabulary";

    /// <summary>The text to start from, repeated or cut to the number of virtual tokens.</summary>
    public string? InitializationText { get; init; }

    /// <summary>
    /// Modules of the model that are trained and saved too, by name or last part of it; null: the head of a model that
    /// tells classes apart, which is new where the base model was pre-trained on text alone.
    /// </summary>
    public IReadOnlyList<string>? ModulesToSave { get; init; }
}
