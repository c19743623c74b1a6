using System.ComponentModel.DataAnnotations;

namespace Tenon.FineTune;

/// <summary>What is trained, and how fast in which layer.</summary>
public sealed record FineTuneOptions : SelectionOptions
{
    /// <summary>
    /// Parameters that stay as they are, by module or parameter name or last part of it, <c>*</c> for any characters:
    /// <c>transformer.wte</c>, <c>bert.encoder.layer.0</c>; none: all are trained.
    /// </summary>
    public IReadOnlyList<string> Freeze { get; init; } = [];

    /// <summary>The only parameters that are trained, named as in <see cref="Freeze"/>, which still takes away from them; none: all.</summary>
    public IReadOnlyList<string> Train { get; init; } = [];

    /// <summary>
    /// Each layer's learning rate as a share of that of the layer above it (Howard and Ruder 2018, section 3.2; there
    /// 1 / 2.6, with large transformers 0.65 … 0.95); 1: the same everywhere.
    /// </summary>
    [Range(0.01, 1.0)]
    public double LayerDecay { get; init; } = 1;
}
