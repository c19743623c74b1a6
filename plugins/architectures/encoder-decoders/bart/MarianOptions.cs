using System.ComponentModel.DataAnnotations;

namespace Tenon.Bart;

/// <summary>Size and shape of a Marian translation model, and of the Transformer that it follows.</summary>
public sealed record MarianOptions : TransformerOptions
{
    /// <summary>
    /// A published model, whose sizes apply to all options that are not set: <c>opus-mt</c> (Tiedemann and Thottingal 2020), or
    /// <c>transformer</c> and <c>transformer-big</c>, the base and the big model of Vaswani et al. (2017). Defaults to <c>opus-mt</c>.
    /// </summary>
    [AllowedValues(null, "opus-mt", "transformer", "transformer-big")]
    public string? Preset { get; init; }
}
