namespace Tenon.Layers;

/// <summary>How the number of heads follows from the other sizes; <see cref="TransformerShape.With"/> resolves all sizes.</summary>
public static class TransformerSizes
{
    /// <summary>Number of attention heads: what is asked for, the preset's, or with a hidden size of one's own one for each 64 of it.</summary>
    /// <param name="asked">The option; null: not set.</param>
    /// <param name="hidden">Size of the hidden state.</param>
    /// <param name="presetHidden">The preset's size of the hidden state.</param>
    /// <param name="presetHeads">The preset's heads.</param>
    /// <returns>A divisor of <paramref name="hidden"/>.</returns>
    /// <exception cref="ModelException">The heads do not divide the hidden size.</exception>
    public static int Heads(int? asked, int hidden, int presetHidden, int presetHeads) =>
        new TransformerShape(1, presetHidden, presetHeads).With(null, hidden, asked, null).Heads;
}
