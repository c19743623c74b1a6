using System.ComponentModel.DataAnnotations;

namespace Tenon.FineTune;

/// <summary>Which parameters are trained, and the learning rate of each layer.</summary>
public sealed record FineTuneOptions : SelectionOptions
{
    /// <summary>
    /// Parameters to freeze: full module or parameter names or their last parts, with <c>*</c> as wildcard, such as
    /// <c>transformer.wte</c> or <c>bert.encoder.layer.0</c>; an empty list freezes none.
    /// </summary>
    public IReadOnlyList<string> Freeze { get; init; } = [];

    /// <summary>
    /// The only parameters to train, named as in <see cref="Freeze"/>, which is applied afterwards; an empty list trains all.
    /// </summary>
    public IReadOnlyList<string> Train { get; init; } = [];

    /// <summary>
    /// Each layer's learning rate, as a fraction of the rate of the layer above it (Howard and Ruder 2018, section 3.2; 1 / 2.6
    /// in the paper, 0.65 … 0.95 is common for large transformers); 1 uses the same rate for all layers.
    /// </summary>
    [Range(0.01, 1.0)]
    public double LayerDecay { get; init; } = 1;
}
